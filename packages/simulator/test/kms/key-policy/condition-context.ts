import { test } from 'tap'
import { conditionContextOf } from '../../../src/kms/key-policy/condition-context.ts'
import { isModelledKey } from '../../../src/kms/key-policy/condition-keys.ts'
import { parsePrincipal } from '../../../src/kms/principal.ts'

const caller = parsePrincipal('arn:aws:iam::111122223333:user/alice') ?? { arn: '', accountId: '', principalArn: '' }

test('every condition key that a request can have may be named in a policy', async t => {
  const context = conditionContextOf({
    caller, region: 'us-east-1', encryptionContext: new Map([['a', 'b']]), pcrs: new Map([...Array(32).keys()].map(index => [index, Buffer.alloc(48)])),
  })
  for (const key of context.keys()) t.ok(isModelledKey(key), key)
})

test('measurements are there only with a Recipient, and encryption contexts only in cryptographic calls', async t => {
  const keys = [...conditionContextOf({ caller, region: 'us-east-1' }).keys()]
  t.same(keys.filter(key => /attestation|encryption/.test(key)), [])
})

test('the image measurement is PCR0', async t => {
  const context = conditionContextOf({ caller, region: 'us-east-1', pcrs: new Map([[0, Buffer.alloc(48, 0xcd)], [1, Buffer.alloc(48)]]) })
  t.same(context.get('kms:recipientattestation:imagesha384'), ['cd'.repeat(48)])
  t.same(context.get('kms:recipientattestation:pcr0'), ['cd'.repeat(48)])
  t.same(context.get('kms:recipientattestation:pcr1'), ['00'.repeat(48)])
})
