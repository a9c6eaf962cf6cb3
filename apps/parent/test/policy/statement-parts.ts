import { test } from 'tap'

import { partsOf } from '../../src/policy/statement-parts.ts'

const keysOf = (statement: Record<string, unknown>): unknown => partsOf(statement).map(({ key, values }) => [key, ...values.keys()])

test('spellings that IAM takes for one are one', t => {
  const pairs = [
    [{ Principal: '*' }, { Principal: { AWS: ['*'] } }],
    [{ Action: ['kms:Decrypt', 'kms:Encrypt'] }, { Action: ['kms:encrypt', 'KMS:DECRYPT', 'kms:Decrypt'] }],
    [{ Condition: { StringEqualsIgnoreCase: { 'kms:ViaService': 'A' } } }, { Condition: { StringEqualsIgnoreCase: { 'KMS:viaservice': ['a'] } } }],
    [{ Condition: { Bool: { 'aws:SecureTransport': true } } }, { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    [{ Sid: 'a', Effect: 'Allow', Resource: '*' }, { Resource: '*', Effect: 'Allow', Sid: 'b' }],
  ]
  for (const [left = {}, right = {}] of pairs) t.same(keysOf(left), keysOf(right), JSON.stringify(left))
  t.end()
})

test('spellings that make a difference stay apart', t => {
  const pairs = [
    [{ Principal: '*' }, { NotPrincipal: '*' }],
    [{ Principal: { AWS: 'x' } }, { Principal: { Service: 'x' } }],
    [{ Action: 'kms:*' }, { NotAction: 'kms:*' }],
    [{ Resource: 'arn:A' }, { Resource: 'arn:a' }],
    [{ Condition: { StringEquals: { k: 'A' } } }, { Condition: { StringEquals: { k: 'a' } } }],
    [{ Condition: { StringEquals: { k: 'a' } } }, { Condition: { StringNotEquals: { k: 'a' } } }],
    [{}, { Whatever: 1 }],
  ]
  for (const [left = {}, right = {}] of pairs) t.strictNotSame(keysOf(left), keysOf(right), JSON.stringify(left))
  t.end()
})

test('a value is shown as it was written', t => {
  const [part] = partsOf({ Action: 'kms:PutKeyPolicy' })
  t.same([...part?.values ?? []], [['kms:putkeypolicy', 'kms:PutKeyPolicy']])
  t.end()
})
