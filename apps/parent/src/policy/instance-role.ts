import { createHash } from 'node:crypto'

/**
 * PCR3 of an enclave whose parent instance has this IAM role: SHA-384 over 48 zero bytes and the role's ARN (Nitro Enclaves user guide,
 * "PCR3"); 96 lower-case hexadecimal digits.
 */
export function pcr3Of (roleArn: string): string {
  return createHash('sha384').update(Buffer.alloc(48)).update(roleArn).digest('hex')
}
