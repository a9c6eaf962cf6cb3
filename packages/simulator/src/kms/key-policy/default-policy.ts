/** The key policy that AWS gives a key created without one: the account's IAM policies decide (AWS KMS, "Default key policy"). */
export function defaultPolicy (accountId: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [{
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    }],
  }, undefined, 2)
}
