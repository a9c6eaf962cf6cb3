import { test } from 'tap'

import { keyPolicyOf } from '../apps/parent/src/policy/key-policy.ts'
import { conditionContextOf } from '../packages/simulator/src/kms/key-policy/condition-context.ts'
import { parsePolicy } from '../packages/simulator/src/kms/key-policy/document.ts'
import { evaluatePolicy } from '../packages/simulator/src/kms/key-policy/evaluate.ts'
import { parsePrincipal } from '../packages/simulator/src/kms/principal.ts'

const account = '111122223333'
const region = 'eu-central-1'
const keyArn = `arn:aws:kms:${region}:${account}:key/k`
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`
const pcr = (byte: number): Buffer => Buffer.alloc(48, byte)
const pcr0 = [pcr(1).toString('hex'), pcr(2).toString('hex')]

/** Every action on a symmetric key (Service Authorization Reference, "Actions defined by AWS Key Management Service"). */
const using = [
  'Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom', 'ReEncryptTo', 'CreateGrant',
]
const administering = [
  'CancelKeyDeletion', 'DeleteImportedKeyMaterial', 'DescribeKey', 'DisableKey', 'DisableKeyRotation', 'EnableKey', 'EnableKeyRotation', 'GetKeyPolicy',
  'GetKeyRotationStatus', 'ListGrants', 'ListKeyPolicies', 'ListResourceTags', 'PutKeyPolicy', 'ReplicateKey', 'RetireGrant', 'RevokeGrant',
  'ScheduleKeyDeletion', 'TagResource', 'UntagResource', 'UpdateKeyDescription', 'UpdatePrimaryRegion',
]
const actions = [...using, ...administering]

interface Asking {
  as: string
  pcrs?: Record<number, Buffer>
  encryptionContext?: Record<string, string>
}

const enclavesName = { 'enclave-signer:key-id': 'k', 'enclave-signer:key-spec': 'ECC_NIST_P256', 'enclave-signer:origin': 'ENCLAVE' }
const attested = { 0: pcr(2) }

test('each principal may do what the policy is for, and nothing else', t => {
  const may = allowedBy(policy({}))
  t.same(may({ as: role('admin') }), [
    'DescribeKey', 'DisableKey', 'EnableKey', 'EnableKeyRotation', 'GetKeyPolicy', 'GetKeyRotationStatus', 'ListGrants', 'ListResourceTags', 'PutKeyPolicy',
    'RevokeGrant', 'TagResource', 'UntagResource', 'UpdateKeyDescription',
  ])
  t.same(may({ as: role('admin'), pcrs: attested }), may({ as: role('admin') }), 'an administrator uses nothing, an enclave of his own neither')
  t.same(may({ as: role('task'), pcrs: { 0: pcr(1) } }), ['Decrypt', 'GenerateDataKey'])
  t.same(may({ as: role('task'), pcrs: { 0: pcr(2) } }), ['Decrypt', 'GenerateDataKey'], 'the second image of a rollout too')
  t.same(may({ as: role('task'), pcrs: { 0: pcr(3) } }), [], 'another image')
  t.same(may({ as: role('task'), pcrs: { 0: pcr(0) } }), [], 'debug mode')
  t.same(may({ as: role('task') }), [], 'no enclave')
  for (const as of [role('stranger'), `arn:aws:iam::${account}:root`, 'arn:aws:iam::444455556666:root']) t.same(may({ as, pcrs: attested }), [], as)
  t.end()
})

test('importers encrypt, but nobody does in the name of an enclave', t => {
  const may = allowedBy(policy({ importRoles: [role('importer')] }))
  t.same(may({ as: role('importer'), pcrs: attested }), ['Encrypt'])
  t.same(may({ as: role('importer'), encryptionContext: enclavesName }), [])
  t.same(may({ as: role('task'), pcrs: attested, encryptionContext: enclavesName }), ['Decrypt', 'GenerateDataKey'])
  t.end()
})

test('a statement that gives the account everything opens nothing', t => {
  const everything = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }
  const inside = allowedBy(policy({}, everything))
  const importing = allowedBy(policy({ importRoles: [role('importer')] }, everything))
  const stranger = role('stranger')
  t.same(inside({ as: stranger }).filter(action => using.includes(action)), [])
  t.same(inside({ as: stranger, pcrs: { 0: pcr(3) } }).filter(action => using.includes(action)), [])
  t.same(inside({ as: stranger, pcrs: attested }).filter(action => using.includes(action)), ['Decrypt', 'GenerateDataKey'], 'the listed image alone')
  t.same(importing({ as: stranger, encryptionContext: enclavesName }).filter(action => using.includes(action)), [])
  t.end()
})

test('of several measurements each must be right, whatever else is allowed', t => {
  const everything = { Effect: 'Allow', Principal: { AWS: role('task') }, Action: 'kms:*', Resource: '*' }
  const may = allowedBy(policy({ pcr3: [pcr(3).toString('hex')], pcr8: [pcr(8).toString('hex')] }, everything))
  const opens = (pcrs: Record<number, Buffer>): boolean => may({ as: role('task'), pcrs }).includes('Decrypt')
  t.ok(opens({ 0: pcr(1), 3: pcr(3), 8: pcr(8) }))
  t.notOk(opens({ 0: pcr(9), 3: pcr(3), 8: pcr(8) }), 'PCR0')
  t.notOk(opens({ 0: pcr(1), 3: pcr(9), 8: pcr(8) }), 'PCR3')
  t.notOk(opens({ 0: pcr(1), 3: pcr(3), 8: pcr(9) }), 'PCR8')
  t.notOk(opens({ 0: pcr(1) }), 'neither PCR3 nor PCR8')
  t.end()
})

function policy (options: { importRoles?: string[], pcr3?: string[], pcr8?: string[] }, ...more: object[]): string {
  const { Version, Statement } = keyPolicyOf({
    taskRole: role('task'), adminRoles: [role('admin'), role('second')], importRoles: [], pcr0, pcr3: [], pcr8: [], ...options,
  })
  return JSON.stringify({ Version, Statement: [...Statement, ...more] })
}

/** Which actions a policy allows whom, by the simulated KMS's rules. */
function allowedBy (text: string): (asking: Asking) => string[] {
  const statements = parsePolicy(text)
  return ({ as, pcrs = {}, encryptionContext = {} }) => {
    const caller = parsePrincipal(as)
    if (caller === undefined) throw new Error(`not a principal: ${as}`)
    const recipient = new Map(Object.entries(pcrs).map(([index, value]) => [Number(index), value]))
    const context = conditionContextOf({ caller, region, encryptionContext: new Map(Object.entries(encryptionContext)), pcrs: recipient })
    return actions.filter(action => evaluatePolicy(statements, { caller, action: `kms:${action}`, keyArn, context }) === 'allowed')
  }
}
