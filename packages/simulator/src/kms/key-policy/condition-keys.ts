/*
 * Which condition keys a key policy may name here. A key outside these lists is refused when the policy is put: to take it for absent could
 * allow what AWS would deny.
 */

/** Keys with a value in every request, or in those that have what they are about. See `condition-context.ts`. */
const presentKeys = [
  'aws:PrincipalAccount', 'aws:PrincipalArn', 'aws:RequestedRegion', 'aws:SecureTransport',
  'kms:CallerAccount', 'kms:EncryptionAlgorithm', 'kms:EncryptionContextKeys', 'kms:KeyOrigin', 'kms:KeySpec', 'kms:KeyUsage',
  'kms:RecipientAttestation:ImageSha384',
]

/** Keys that AWS fills only for calls that an AWS service makes on somebody's behalf, through an alias or a VPC endpoint: never here. */
const absentKeys = [
  'aws:SourceAccount', 'aws:SourceArn', 'aws:SourceVpc', 'aws:SourceVpce', 'kms:GrantIsForAWSResource', 'kms:RequestAlias', 'kms:ViaService',
]

const known = new Set([...presentKeys, ...absentKeys].map(key => key.toLowerCase()))

/** Whether a policy with this condition key is evaluated as AWS would. */
export function isModelledKey (key: string): boolean {
  return known.has(key.toLowerCase()) || /^kms:(EncryptionContext:.+|RecipientAttestation:PCR([0-9]|[12][0-9]|3[01]))$/i.test(key)
}

/** Whether a condition key holds a measurement from an attestation document. */
export function isRecipientKey (key: string): boolean {
  return /^kms:RecipientAttestation:/i.test(key)
}
