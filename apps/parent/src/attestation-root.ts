import { readFile } from 'node:fs/promises'

import { awsNitroEnclavesRootG1, fingerprintOf } from '@enclave-signer/attestation'

import { ConfigError } from './config/config-error.ts'
import { messageOf } from './errors.ts'

/**
 * The root that attestation documents are checked against, PEM: AWS's own, or that of a file.
 *
 * @throws ConfigError for a file that is no certificate.
 */
export async function readAttestationRoot (path: string | undefined): Promise<string> {
  if (path === undefined) return awsNitroEnclavesRootG1
  try {
    const pem = await readFile(path, 'utf8')
    fingerprintOf(pem)
    return pem
  } catch (cause) {
    throw new ConfigError([`ATTESTATION_ROOT_FILE must be a file with one PEM certificate (${messageOf(cause)})`], { cause })
  }
}
