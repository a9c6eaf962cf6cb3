import { test } from 'tap'
import { conditionContextOf } from '../../../src/kms/key-policy/condition-context.ts'
import { holds, parseConditions } from '../../../src/kms/key-policy/conditions.ts'
import { parsePrincipal } from '../../../src/kms/principal.ts'

const pcr0 = 'ab'.repeat(48)
const caller = parsePrincipal('arn:aws:sts::111122223333:assumed-role/enclave-role/i-0123456789abcdef0') ?? { arn: '', accountId: '', principalArn: '' }
const attested = conditionContextOf({
  caller,
  region: 'us-east-1',
  encryptionContext: new Map([['Purpose', 'Signer'], ['tenant', 'a']]),
  pcrs: new Map([[0, Buffer.alloc(48, 0xab)], [3, Buffer.alloc(48)]]),
})
const unattested = conditionContextOf({ caller, region: 'us-east-1', encryptionContext: new Map() })

const imageKey = 'kms:RecipientAttestation:ImageSha384'
const purposeKey = 'kms:EncryptionContext:Purpose'
const callerKey = 'aws:PrincipalArn'

// operator, key, policy's value, whether it holds where the key is there, whether it holds where it is not
const table: [string, string, unknown, boolean, boolean][] = [
  ['StringEquals', purposeKey, 'Signer', true, false],
  ['StringEquals', purposeKey, 'signer', false, false],
  ['StringEquals', purposeKey, ['x', 'Signer'], true, false],
  ['StringEquals', purposeKey, [], false, false],
  ['StringEquals', purposeKey, 'Sign*', false, false],
  ['StringNotEquals', purposeKey, 'Signer', false, true],
  ['StringNotEquals', purposeKey, 'signer', true, true],
  ['StringNotEquals', purposeKey, ['x', 'Signer'], false, true],
  ['StringEqualsIgnoreCase', purposeKey, 'sIGNER', true, false],
  ['StringEqualsIgnoreCase', purposeKey, 'other', false, false],
  ['StringNotEqualsIgnoreCase', purposeKey, 'sIGNER', false, true],
  ['StringNotEqualsIgnoreCase', purposeKey, 'other', true, true],
  ['StringLike', purposeKey, 'S?gn*', true, false],
  ['StringLike', purposeKey, 's*', false, false],
  ['StringNotLike', purposeKey, 'S?gn*', false, true],
  ['StringNotLike', purposeKey, 's*', true, true],
  ['StringEqualsIfExists', purposeKey, 'Signer', true, true],
  ['StringEqualsIfExists', purposeKey, 'other', false, true],
  ['StringNotEqualsIfExists', purposeKey, 'Signer', false, true],
  ['Null', purposeKey, 'true', false, true],
  ['Null', purposeKey, false, true, false],
  ['StringEqualsIgnoreCase', imageKey, pcr0.toUpperCase(), true, false],
  ['StringEqualsIgnoreCase', imageKey, `0x${pcr0}`, true, false],
  ['StringEquals', imageKey, pcr0, true, false],
  ['StringEquals', imageKey, `0X${pcr0}`, true, false],
  ['StringEquals', imageKey, pcr0.toUpperCase(), false, false],
  ['StringEqualsIgnoreCase', imageKey, '00'.repeat(48), false, false],
  ['StringNotEqualsIgnoreCase', imageKey, `0x${pcr0}`, false, true],
  ['StringEqualsIgnoreCase', 'kms:RecipientAttestation:PCR0', pcr0, true, false],
  ['StringEqualsIgnoreCase', 'kms:recipientattestation:pcr3', '00'.repeat(48), true, false],
  ['StringEqualsIgnoreCase', 'kms:RecipientAttestation:PCR8', pcr0, false, false],
  ['StringLike', imageKey, `${pcr0.slice(0, 10)}*`, true, false],
  ['Null', imageKey, true, false, true],
  ['ForAllValues:StringEquals', 'kms:EncryptionContextKeys', ['Purpose', 'tenant', 'more'], true, true],
  ['ForAllValues:StringEquals', 'kms:EncryptionContextKeys', ['Purpose'], false, true],
  ['ForAnyValue:StringEquals', 'kms:EncryptionContextKeys', ['tenant'], true, false],
  ['ForAnyValue:StringEquals', 'kms:EncryptionContextKeys', ['Tenant'], false, false],
  ['ForAnyValue:StringNotEquals', 'kms:EncryptionContextKeys', ['tenant'], true, false],
  ['ForAllValues:StringNotEquals', 'kms:EncryptionContextKeys', ['tenant'], false, true],
  ['StringEquals', 'kms:EncryptionContextKeys', 'tenant', true, false],
  ['StringNotEquals', 'kms:EncryptionContextKeys', 'tenant', false, true],
]

for (const [operator, key, value, whenThere, whenMissing] of table) {
  test(`${operator} of ${key} against ${JSON.stringify(value).slice(0, 40)}`, async t => {
    const [condition, ...more] = parseConditions({ [operator]: { [key]: value } })
    t.equal(more.length, 0)
    t.equal(condition && holds(condition, attested), whenThere, 'where the key is there')
    t.equal(condition && holds(condition, unattested), whenMissing, 'where it is missing')
  })
}

// operator, key, policy's value, whether it holds; these keys are in every request
const constants: [string, string, unknown, boolean][] = [
  ['StringEquals', 'kms:CallerAccount', '111122223333', true],
  ['StringEquals', 'aws:PrincipalAccount', 111122223333, true],
  ['StringEquals', 'KMS:CALLERACCOUNT', '444455556666', false],
  ['StringEquals', 'aws:RequestedRegion', 'us-east-1', true],
  ['StringEquals', 'kms:KeySpec', 'SYMMETRIC_DEFAULT', true],
  ['Bool', 'aws:SecureTransport', true, true],
  ['Bool', 'aws:SecureTransport', 'False', false],
  ['Bool', 'kms:GrantIsForAWSResource', 'true', false],
  ['BoolIfExists', 'kms:GrantIsForAWSResource', 'true', true],
  ['ArnEquals', callerKey, 'arn:aws:iam::111122223333:role/enclave-*', true],
  ['ArnLike', callerKey, 'arn:aws:iam::*:role/enclave-role', true],
  ['ArnLike', callerKey, 'arn:aws:sts::111122223333:assumed-role/*', false],
  ['ArnLike', callerKey, 'arn:aws:*:role/enclave-role', false],
  ['ArnNotEquals', callerKey, 'arn:aws:iam::111122223333:role/enclave-*', false],
  ['ArnNotLike', callerKey, 'arn:aws:iam::111122223333:role/other', true],
  ['StringLike', callerKey, 'arn:aws:*:role/enclave-role', true],
  ['StringNotEquals', 'kms:ViaService', 's3.us-east-1.amazonaws.com', true],
]

for (const [operator, key, value, expected] of constants) {
  test(`${operator} of ${key} against ${JSON.stringify(value)}`, async t => {
    const [condition] = parseConditions({ [operator]: { [key]: value } })
    t.equal(condition && holds(condition, unattested), expected)
  })
}

test('without a Condition there is none', async t => {
  t.same(parseConditions(undefined), [])
})
