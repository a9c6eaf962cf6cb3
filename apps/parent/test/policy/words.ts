import { test } from 'tap'

import { comparePolicies } from '../../src/policy/compare-policies.ts'
import { inWords } from '../../src/policy/words.ts'

test('a comparison reads statement by statement', t => {
  const rest = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:role/task' }, Action: 'kms:Decrypt', Resource: '*' }
  const current = [
    { ...rest, Sid: 'Kept' },
    { ...rest, Sid: 'Changed', Principal: { AWS: 'AROAEXAMPLE1234567890' } },
    { Effect: 'Deny', Principal: { AWS: 'AIDAEXAMPLE1234567890' }, NotAction: 'kms:Get*', Resource: 'arn:aws:kms:x', Condition: { StringEquals: { 'kms:ViaService': ['a', 'b'] } } },
  ]
  const wanted = [{ ...rest, Sid: 'Kept' }, { ...rest, Sid: 'Changed' }, { ...rest, Sid: 'New', Effect: 'Deny', Principal: '*' }]
  t.equal(inWords(comparePolicies({ version: '2008-10-17', statements: current }, { version: '2012-10-17', statements: wanted })), `\
changed  the policy itself
         Version
           + 2012-10-17
           - 2008-10-17
same     Kept
changed  Changed
         Principal AWS
           + arn:aws:iam::111122223333:role/task
           - AROAEXAMPLE1234567890 (a role or user that was deleted)
added    New
         denies everybody
         kms:Decrypt
removed  (without a Sid)
         denies AIDAEXAMPLE1234567890 (a role or user that was deleted)
         everything but kms:Get* (NotAction)
         Resource arn:aws:kms:x
         where StringEquals kms:ViaService: a, b

1 same, 1 changed, 1 added, 1 removed
`)
  t.end()
})
