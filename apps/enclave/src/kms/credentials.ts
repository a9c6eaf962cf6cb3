import { EnclaveError } from '@enclave-signer/protocol'
import type { Params } from '@enclave-signer/protocol'
import { Secret } from './secret.ts'

/** Credentials of the task role for some hours. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  /** Unix time in milliseconds. */
  readonly expiresAt: number
}

/** Longest life of credentials (STS API reference: `GetFederationToken`, 36 hours; role sessions are shorter). */
export const maxCredentialLifeMs = 36 * 60 * 60 * 1000

/**
 * Credentials as the parent gave them. They are not believed, only tried: KMS says what they are worth.
 *
 * @throws EnclaveError `CREDENTIALS_INVALID` when by the enclave's own clock they are past or end later than any can.
 */
export function readCredentials (params: Params<'setCredentials'>, nowMs: number): Credentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = params
  if (expiresAt <= nowMs) throw new EnclaveError('CREDENTIALS_INVALID', 'the credentials have expired already')
  if (expiresAt > nowMs + maxCredentialLifeMs) throw new EnclaveError('CREDENTIALS_INVALID', 'the credentials expire more than 36 hours ahead')
  return { accessKeyId, secretAccessKey: new Secret(secretAccessKey), sessionToken: new Secret(sessionToken), expiresAt }
}
