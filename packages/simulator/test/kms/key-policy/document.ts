import fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { defaultPolicy } from '../../../src/kms/key-policy/default-policy.ts'
import { parsePolicy } from '../../../src/kms/key-policy/document.ts'

const vector = join(import.meta.dirname, '../../../../../../shared/vectors/kms/key-policy.json')
const skip = existsSync(vector) ? false : 'shared vectors are not here'
const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }
const policyOf = (changes: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...changes }] })
const malformed = (fault: string) => ({ code: 'MalformedPolicyDocumentException', message: `Policy contains a fault: ${fault}` })

test('the default key policy is AWS\'s', async t => {
  t.same(JSON.parse(defaultPolicy('111122223333')), {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [{
      Sid: 'Enable IAM User Permissions', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*',
    }],
  })
  t.same(parsePolicy(defaultPolicy('111122223333')), [{
    effect: 'Allow',
    principals: [{ kind: 'account', accountId: '111122223333' }],
    actions: { isNegated: false, patterns: ['kms:*'] },
    resources: ['*'],
    conditions: [],
  }])
})

test('a policy out of AWS\'s documentation is read', { skip }, async t => {
  const statements = parsePolicy(readFileSync(vector, 'utf8'))
  t.same(statements.map(({ principals }) => principals), [
    [{ kind: 'role', accountId: '111122223333', roleName: 'key-admin' }], [{ kind: 'role', accountId: '111122223333', roleName: 'data-processing' }],
  ])
  t.same(statements[1]?.conditions.map(({ key }) => key), [
    'kms:recipientattestation:imagesha384', 'kms:recipientattestation:pcr3', 'kms:recipientattestation:pcr8',
  ])
})

test('one statement needs no list', async t => {
  t.equal(parsePolicy(JSON.stringify({ Statement: statement })).length, 1)
})

const faults: [string, string, string][] = [
  ['text that is not JSON', '{', 'it is not JSON'],
  ['a list', '[]', 'the policy is not a JSON object'],
  ['another Version', '{"Version":"2020-01-01","Statement":[]}', 'Version is neither 2012-10-17 nor 2008-10-17'],
  ['an Id that is no string', '{"Id":1,"Statement":[]}', 'Id is not a string'],
  ['an unknown member', '{"Statements":[]}', 'the policy has the unsupported element "Statements"'],
  ['no Statement', '{}', 'a Statement is not a JSON object'],
  ['an empty Statement', '{"Statement":[]}', 'Statement is empty'],
  ['another Effect', policyOf({ Effect: 'allow' }), 'Effect is neither Allow nor Deny'],
  ['a Sid that is no string', policyOf({ Sid: 1 }), 'Sid is not a string'],
  ['no Principal', policyOf({ Principal: undefined }), 'a Statement has no Principal that is * or an object'],
  ['an empty Principal', policyOf({ Principal: {} }), 'a Statement has no Principal that is * or an object'],
  ['NotPrincipal', policyOf({ NotPrincipal: '*' }), 'a Statement has the unsupported element "NotPrincipal"'],
  ['NotResource', policyOf({ NotResource: '*' }), 'a Statement has the unsupported element "NotResource"'],
  ['a principal that is no ARN', policyOf({ Principal: { AWS: 'alice' } }), 'a statement has an invalid principal'],
  ['a wildcard inside a principal', policyOf({ Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } }), 'a statement has an invalid principal'],
  ['a principal of another type', policyOf({ Principal: { Google: 'x' } }), 'Principal has a type other than AWS, Service, Federated and CanonicalUser'],
  ['an empty list of principals', policyOf({ Principal: { AWS: [] } }), 'Principal is empty'],
  ['no Action', policyOf({ Action: undefined }), 'Action is neither a string nor a list of strings'],
  ['an Action without a service', policyOf({ Action: 'Decrypt' }), 'Action is not of the form service:action'],
  ['an Action in a list that is no string', policyOf({ Action: ['kms:Decrypt', 1] }), 'Action is neither a string nor a list of strings'],
  ['both Action and NotAction', policyOf({ NotAction: 'kms:Decrypt' }), 'a Statement has both Action and NotAction'],
  ['no Resource', policyOf({ Resource: undefined }), 'Resource is neither a string nor a list of strings'],
  ['a Resource that is no ARN', policyOf({ Resource: 'key/*' }), 'Resource is neither * nor an ARN'],
  ['a Condition that is no object', policyOf({ Condition: [] }), 'Condition is not an object'],
  ['an operator without an object', policyOf({ Condition: { Bool: 'true' } }), 'a condition operator does not hold an object'],
  ['an unknown operator', policyOf({ Condition: { StringMatches: { 'kms:CallerAccount': '1' } } }), 'the condition operator "StringMatches" is unknown'],
  ['NullIfExists', policyOf({ Condition: { NullIfExists: { 'kms:CallerAccount': 'true' } } }), 'the condition operator "NullIfExists" is unknown'],
  ['an unknown quantifier', policyOf({ Condition: { 'ForSome:StringLike': { 'kms:CallerAccount': '1' } } }), 'the condition operator "ForSome:StringLike" is unknown'],
  ['a condition key that is not modelled', policyOf({ Condition: { StringEquals: { 'aws:SourceIp': '::1' } } }), 'the condition key "aws:SourceIp" is not supported'],
  ['a PCR that no enclave has', policyOf({ Condition: { StringEquals: { 'kms:RecipientAttestation:PCR32': '0' } } }), 'the condition key "kms:RecipientAttestation:PCR32" is not supported'],
  ['a policy variable', policyOf({ Condition: { StringEquals: { 'kms:CallerAccount': '$' + '{aws:PrincipalAccount}' } } }), 'policy variables are not supported'],
  ['a Bool that is none', policyOf({ Condition: { Bool: { 'aws:SecureTransport': 'yes' } } }), 'a Null or Bool condition is neither true nor false'],
  ['a Null that is none', policyOf({ Condition: { Null: { 'kms:CallerAccount': '0' } } }), 'a Null or Bool condition is neither true nor false'],
  ['a condition value that is an object', policyOf({ Condition: { StringEquals: { 'kms:CallerAccount': {} } } }), 'a condition value is neither a string, a boolean nor a number'],
]

for (const [name, text, fault] of faults) {
  test(`a key policy with ${name} is refused`, async t => {
    t.throws(() => parsePolicy(text), malformed(fault))
  })
}

test('any JSON is either a key policy or refused as a malformed one', async t => {
  const value = fc.letrec(tie => ({
    value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.constantFrom('Allow', '*', 'kms:*', true, null, 1), fc.array(tie('value')), tie('object')),
    object: fc.dictionary(fc.constantFrom('Version', 'Statement', 'Effect', 'Principal', 'Action', 'Resource', 'Condition', 'AWS', 'Bool', 'kms:x', '__proto__'), tie('value')),
  }))
  fc.assert(fc.property(value.object, document => {
    try {
      parsePolicy(JSON.stringify(document))
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'MalformedPolicyDocumentException'
    }
    return true
  }))
  t.pass()
})
