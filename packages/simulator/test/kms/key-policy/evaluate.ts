import { test } from 'tap'
import { conditionContextOf } from '../../../src/kms/key-policy/condition-context.ts'
import { parsePolicy } from '../../../src/kms/key-policy/document.ts'
import { evaluatePolicy, type Verdict } from '../../../src/kms/key-policy/evaluate.ts'
import { parsePrincipal } from '../../../src/kms/principal.ts'

const account = '111122223333'
const role = `arn:aws:iam::${account}:role/enclave-role`
const session = `arn:aws:sts::${account}:assumed-role/enclave-role/i-0123456789abcdef0`
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const everything = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }
const never = { Bool: { 'aws:SecureTransport': 'false' } }

/** Judges kms:Decrypt of the enclave's role session, or what the statement's test says otherwise. */
function judge (statements: object[], { as = session, action = 'kms:Decrypt' } = {}): Verdict {
  const caller = parsePrincipal(as)
  if (caller === undefined) throw new Error(`not a principal: ${as}`)
  return evaluatePolicy(parsePolicy(JSON.stringify({ Statement: statements })), {
    caller, action, keyArn, context: conditionContextOf({ caller, region: 'us-east-1' }),
  })
}

test('without a statement that applies nothing is allowed', async t => {
  t.equal(judge([{ ...everything, Condition: never }]), 'not-allowed')
})

test('a deny wins over every allow, wherever it stands', async t => {
  const deny = { ...everything, Effect: 'Deny', Action: 'kms:Decrypt' }
  t.equal(judge([everything, deny]), 'explicitly-denied')
  t.equal(judge([deny, everything]), 'explicitly-denied')
  t.equal(judge([deny, everything], { action: 'kms:Encrypt' }), 'allowed')
  t.equal(judge([{ ...deny, Condition: never }, everything]), 'allowed')
})

const principals: [string, unknown, string, Verdict][] = [
  ['everybody', '*', session, 'allowed'],
  ['everybody in the AWS form', { AWS: '*' }, session, 'allowed'],
  ['the account root, for every principal of it', { AWS: `arn:aws:iam::${account}:root` }, session, 'allowed'],
  ['the account id, for every principal of it', { AWS: account }, `arn:aws:iam::${account}:user/alice`, 'allowed'],
  ['another account', { AWS: '444455556666' }, session, 'not-allowed'],
  ['the role, for its sessions', { AWS: role }, session, 'allowed'],
  ['the role with a path, for its sessions', { AWS: `arn:aws:iam::${account}:role/team/enclave-role` }, session, 'allowed'],
  ['a role of the same name in another account', { AWS: role.replace(account, '444455556666') }, session, 'not-allowed'],
  ['a role whose name only begins alike', { AWS: `${role}-2` }, session, 'not-allowed'],
  ['the session itself', { AWS: session }, session, 'allowed'],
  ['another session of the role', { AWS: `${session}1` }, session, 'not-allowed'],
  ['a user, for itself', { AWS: `arn:aws:iam::${account}:user/alice` }, `arn:aws:iam::${account}:user/alice`, 'allowed'],
  ['a user, for a role of that name', { AWS: `arn:aws:iam::${account}:user/enclave-role` }, session, 'not-allowed'],
  ['one of a list', { AWS: ['444455556666', role] }, session, 'allowed'],
  ['a service', { Service: 'ec2.amazonaws.com' }, session, 'not-allowed'],
  ['a service or a role', { Service: 'ec2.amazonaws.com', AWS: role }, session, 'allowed'],
]

for (const [name, Principal, as, verdict] of principals) {
  test(`a statement for ${name}: ${verdict}`, async t => {
    t.equal(judge([{ ...everything, Principal }], { as }), verdict)
  })
}

const actions: [string, object, string, Verdict][] = [
  ['kms:*', { Action: 'kms:*' }, 'kms:Decrypt', 'allowed'],
  ['*', { Action: '*' }, 'kms:Decrypt', 'allowed'],
  ['kms:GenerateDataKey*', { Action: 'kms:GenerateDataKey*' }, 'kms:GenerateDataKey', 'allowed'],
  ['kms:GenerateDataKey*', { Action: 'kms:GenerateDataKey*' }, 'kms:GenerateRandom', 'not-allowed'],
  ['the action in another case', { Action: 'KMS:decrypt' }, 'kms:Decrypt', 'allowed'],
  ['a list', { Action: ['kms:Encrypt', 'kms:Decrypt'] }, 'kms:Decrypt', 'allowed'],
  ['another service', { Action: 's3:*' }, 'kms:Decrypt', 'not-allowed'],
  ['all but what NotAction lists', { Action: undefined, NotAction: ['kms:Put*', 'kms:Encrypt'] }, 'kms:Decrypt', 'allowed'],
  ['not what NotAction lists', { Action: undefined, NotAction: ['kms:Put*', 'kms:Decrypt'] }, 'kms:Decrypt', 'not-allowed'],
]

for (const [name, members, action, verdict] of actions) {
  test(`a statement for ${name}, asked for ${action}: ${verdict}`, async t => {
    t.equal(judge([{ ...everything, ...members }], { action }), verdict)
  })
}

test('a statement may name the key it is about', async t => {
  t.equal(judge([{ ...everything, Resource: keyArn }]), 'allowed')
  t.equal(judge([{ ...everything, Resource: ['arn:aws:s3:::bucket', `arn:aws:kms:*:${account}:key/*`] }]), 'allowed')
  t.equal(judge([{ ...everything, Resource: `${keyArn}0` }]), 'not-allowed')
})

test('all conditions of a statement must hold', async t => {
  const holds = { 'kms:CallerAccount': account }
  const fails = { 'aws:RequestedRegion': 'eu-west-1' }
  t.equal(judge([{ ...everything, Condition: { StringEquals: holds } }]), 'allowed')
  t.equal(judge([{ ...everything, Condition: { StringEquals: { ...holds, ...fails } } }]), 'not-allowed')
  t.equal(judge([{ ...everything, Condition: { StringEquals: holds, StringLike: fails } }]), 'not-allowed')
})
