import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { keyPolicyOf } from '../../src/policy/key-policy.ts'
import type { KeyPolicyOptions } from '../../src/policy/key-policy.ts'

const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`
const options: KeyPolicyOptions = {
  taskRole: role('task'), adminRoles: [role('admin')], importRoles: [], pcr0: ['a'.repeat(96)], pcr3: [], pcr8: [],
}
const denialsOf = (more: Partial<KeyPolicyOptions>): unknown => keyPolicyOf({ ...options, ...more }).Statement
  .filter(({ Effect, Condition }) => Effect === 'Deny' && Condition !== undefined)
  .map(({ Principal, Action, Condition }) => ({ Principal, Action, Condition }))

test('SECURITY.md shows the very policy that is printed', t => {
  const text = readFileSync(join(import.meta.dirname, '../../../../SECURITY.md'), 'utf8')
  const shown: unknown = JSON.parse(/```json\n(\{\n {2}"Version"[^]*?)```/.exec(text)?.[1] ?? '')
  const account = (name: string): string => `arn:aws:iam::ACCOUNT:role/enclave-signer-${name}`
  t.same(shown, keyPolicyOf({
    taskRole: account('task'), adminRoles: [account('administrator'), account('second-administrator')], importRoles: [account('importer')], pcr0: ['PCR0'], pcr3: [], pcr8: [],
  }))
  t.end()
})

test('every measurement has a denial of its own: one that is wrong is enough', t => {
  const Action = ['kms:Decrypt', 'kms:GenerateDataKey']
  t.same(denialsOf({ pcr0: ['a', 'b'], pcr3: ['c'], pcr8: ['d'] }), [
    { Principal: '*', Action, Condition: { StringNotEqualsIgnoreCase: { 'kms:RecipientAttestation:ImageSha384': ['a', 'b'] } } },
    { Principal: '*', Action, Condition: { StringNotEqualsIgnoreCase: { 'kms:RecipientAttestation:PCR3': 'c' } } },
    { Principal: '*', Action, Condition: { StringNotEqualsIgnoreCase: { 'kms:RecipientAttestation:PCR8': 'd' } } },
  ])
  const allowed = keyPolicyOf({ ...options, pcr3: ['c'] }).Statement.find(({ Sid }) => Sid.startsWith('TheTaskRole'))
  t.same(allowed?.Condition, {
    StringEqualsIgnoreCase: { 'kms:RecipientAttestation:ImageSha384': options.pcr0[0], 'kms:RecipientAttestation:PCR3': 'c' },
  })
  t.end()
})

test('where keys are made inside only, encrypting is denied to everybody without a condition', t => {
  const { Statement } = keyPolicyOf(options)
  t.same(Statement.at(-1), { Sid: 'NobodyEncrypts', Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' })
  t.notOk(Statement.some(({ Effect, Action }) => Effect === 'Allow' && Action.includes('kms:Encrypt')))
  t.end()
})

test('where keys are imported, importers encrypt, and nobody in the name of an enclave', t => {
  const { Statement } = keyPolicyOf({ ...options, importRoles: [role('importer')] })
  t.match(Statement.find(({ Sid }) => Sid === 'ImportersEncrypt'), { Effect: 'Allow', Principal: { AWS: role('importer') }, Action: 'kms:Encrypt' })
  t.same(Statement.at(-1)?.Condition, { StringEquals: { 'kms:EncryptionContext:enclave-signer:origin': 'ENCLAVE' } })
  t.end()
})

test('administrators can neither use the key nor delete it, and no denial reaches what they do', t => {
  const { Statement } = keyPolicyOf(options)
  const [administrators, ...others] = Statement
  t.ok(administrators?.Action.includes('kms:PutKeyPolicy'))
  t.notMatch(JSON.stringify(administrators?.Action), /\*|crypt|Generate|Sign|CreateGrant|Delet/)
  const denied = others.filter(({ Effect }) => Effect === 'Deny').flatMap(({ Action }) => Action)
  t.same([administrators?.Action ?? []].flat().filter(action => denied.includes(action)), [])
  t.end()
})
