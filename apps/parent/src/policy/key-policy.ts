/** One statement of a key policy, in the words of IAM. */
export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal: '*' | { readonly AWS: string | readonly string[] }
  readonly Action: string | readonly string[]
  readonly Resource: '*'
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** A key policy as `aws kms put-key-policy` takes it. */
export interface KeyPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

/** Who may do what with the key, and which measurements may open it. PCRs are 96 lower-case hexadecimal digits. */
export interface KeyPolicyOptions {
  /** The role whose credentials the enclave is given. */
  readonly taskRole: string
  /** Who may change the policy; at least one. */
  readonly adminRoles: readonly string[]
  /** Who may make ciphertexts of keys to import; where there is nobody, nobody may encrypt. */
  readonly importRoles: readonly string[]
  /** Images that may open the key; at least one, two while one follows the other. */
  readonly pcr0: readonly string[]
  /** IAM roles of parent instances, as PCR3; empty where any will do. */
  readonly pcr3: readonly string[]
  /** Signers of images, as PCR8; empty where any will do. */
  readonly pcr8: readonly string[]
}

/** What administrators need: to change the policy, to look after the key and to have CloudFormation do so. Neither use nor deletion. */
const administration = [
  'kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:PutKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:EnableKeyRotation', 'kms:EnableKey', 'kms:DisableKey',
  'kms:ListGrants', 'kms:RevokeGrant', 'kms:ListResourceTags', 'kms:TagResource', 'kms:UntagResource', 'kms:UpdateKeyDescription',
]

/** The two calls that can be attested, and the only ones the enclave makes. */
const opening = ['kms:Decrypt', 'kms:GenerateDataKey']

/** Calls that carry a plaintext past the attestation, and grants, which the policy's text would not show. */
const waysAround = ['kms:ReEncrypt*', 'kms:GenerateDataKeyPair*', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:CreateGrant']

/**
 * The policy of the key that seals: administrators change it and use nothing, the task role uses the key through a measured enclave alone,
 * and what an enclave must not be gone around by is denied to everybody. SECURITY.md has the reason of each statement.
 */
export function keyPolicyOf (options: KeyPolicyOptions): KeyPolicy {
  const { taskRole, adminRoles, importRoles } = options
  return {
    Version: '2012-10-17',
    Statement: [
      allow('AdministratorsChangeThePolicyAndUseNothing', adminRoles, administration),
      { ...allow('TheTaskRoleUsesTheKeyFromTheEnclave', [taskRole], opening), Condition: { StringEqualsIgnoreCase: measurementsIn(options) } },
      ...importRoles.length > 0 ? [allow('ImportersEncrypt', importRoles, ['kms:Encrypt'])] : [],
      ...denialsOutside(options),
      denyEverybody('NoWayAroundIt', waysAround),
      importRoles.length > 0 ? sealsInTheEnclavesName : denyEverybody('NobodyEncrypts', ['kms:Encrypt']),
    ],
  }
}

/** Only an attested data key makes a key of origin ENCLAVE; ciphertexts for import carry no origin (docs/decisions/0003). */
const sealsInTheEnclavesName: PolicyStatement = {
  ...denyEverybody('NobodySealsInTheEnclavesName', ['kms:Encrypt']),
  Condition: { StringEquals: { 'kms:EncryptionContext:enclave-signer:origin': 'ENCLAVE' } },
}

const imageKey = 'kms:RecipientAttestation:ImageSha384'
const instanceRoleKey = 'kms:RecipientAttestation:PCR3'
const signerKey = 'kms:RecipientAttestation:PCR8'

function measurementsIn ({ pcr0, pcr3, pcr8 }: KeyPolicyOptions): Record<string, string | readonly string[]> {
  return {
    [imageKey]: oneOrList(pcr0),
    ...pcr3.length > 0 ? { [instanceRoleKey]: oneOrList(pcr3) } : {},
    ...pcr8.length > 0 ? { [signerKey]: oneOrList(pcr8) } : {},
  }
}

/**
 * A statement for each measurement: the conditions of one statement must all hold before it denies, so a single one would let a request
 * through that is wrong in one measurement and right in another. A negated condition holds where there is no attestation at all.
 */
function denialsOutside ({ pcr0, pcr3, pcr8 }: KeyPolicyOptions): PolicyStatement[] {
  const denials = [
    ['NothingIsOpenedOutsideTheMeasuredEnclave', imageKey, pcr0],
    ['NothingIsOpenedOnAnotherRolesInstance', instanceRoleKey, pcr3],
    ['NothingIsOpenedByAnotherSignersImage', signerKey, pcr8],
  ] as const
  return denials
    .filter(([, , values]) => values.length > 0)
    .map(([sid, key, values]) => {
      return { ...denyEverybody(sid, opening), Condition: { StringNotEqualsIgnoreCase: { [key]: oneOrList(values) } } }
    })
}

function allow (sid: string, roles: readonly string[], actions: readonly string[]): PolicyStatement {
  return { Sid: sid, Effect: 'Allow', Principal: { AWS: oneOrList(roles) }, Action: oneOrList(actions), Resource: '*' }
}

function denyEverybody (sid: string, actions: readonly string[]): PolicyStatement {
  return { Sid: sid, Effect: 'Deny', Principal: '*', Action: oneOrList(actions), Resource: '*' }
}

function oneOrList (values: readonly string[]): string | readonly string[] {
  const [only = '', ...others] = values
  return others.length === 0 ? only : values
}
