import { test } from 'tap'
import { matchesArn, matchesWildcard } from '../../../src/kms/key-policy/wildcard.ts'

test('a star stands for any number of characters and a question mark for one', async t => {
  const matching = [['*', ''], ['*', 'a:b/c'], ['a*', 'a'], ['*c', 'abc'], ['a*c', 'abbc'], ['a?c', 'abc'], ['a**c', 'ac'], ['*a*b*', 'xaxbx'], ['', ''], ['a*bc', 'abbbc']]
  const others = [['', 'a'], ['a', ''], ['a*', 'ba'], ['a?c', 'ac'], ['?', ''], ['a*c', 'acb'], ['.', 'a'], ['kms:Decrypt', 'kms:decrypt']]
  for (const [pattern = '', text = ''] of matching) t.ok(matchesWildcard(pattern, text), `${pattern} matches ${text}`)
  for (const [pattern = '', text = ''] of others) t.notOk(matchesWildcard(pattern, text), `${pattern} does not match ${text}`)
})

test('a pattern made to be slow is decided', async t => {
  t.notOk(matchesWildcard(`${'a*'.repeat(500)}b`, 'a'.repeat(5000)))
})

test('in an ARN a star stays within its part', async t => {
  const arn = 'arn:aws:iam::111122223333:role/team/signer'
  for (const pattern of [arn, 'arn:aws:iam::111122223333:role/*', 'arn:*:iam::*:role/team/?igner', 'arn:aws:iam::111122223333:*']) {
    t.ok(matchesArn(pattern, arn), pattern)
  }
  for (const pattern of ['*', 'arn:*', 'arn:aws:*:role/team/signer', 'arn:aws:iam::111122223333:user/*', 'arn:aws:iam:*:111122223333']) {
    t.notOk(matchesArn(pattern, arn), pattern)
  }
  t.ok(matchesArn('arn:aws:a:b:c:*', 'arn:aws:a:b:c:d:e'), 'the last part may hold colons')
})
