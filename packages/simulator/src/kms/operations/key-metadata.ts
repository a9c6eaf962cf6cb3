import type { KmsKey } from '../key-store/key-store.ts'
import type { KmsService } from '../service.ts'

/** The KeyMetadata of a key, as CreateKey and DescribeKey answer it. CreationDate is in seconds with milliseconds as fraction. */
export function keyMetadata ({ accountId }: KmsService, key: KmsKey): Record<string, unknown> {
  return {
    AWSAccountId: accountId,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: key.createdAt / 1000,
    Enabled: true,
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  }
}
