import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'
import { toKmsError } from '../../src/kms/kms-errors.ts'

function failure (name: string, code?: string, fault?: 'client'): Error {
  return Object.assign(new Error('arn:aws:secret'), { name, ...code === undefined ? {} : { code }, ...fault === undefined ? {} : { $fault: fault } })
}

const table: [error: unknown, code: string, message: string][] = [
  [failure('AccessDeniedException', undefined, 'client'), 'KMS_ACCESS_DENIED', 'KMS Decrypt: AccessDeniedException'],
  [failure('ExpiredToken', undefined, 'client'), 'KMS_CREDENTIALS_EXPIRED', 'KMS Decrypt: ExpiredToken'],
  [failure('TimeoutError'), 'KMS_UNREACHABLE', 'KMS Decrypt: TimeoutError'],
  [failure('AbortError'), 'KMS_UNREACHABLE', 'KMS Decrypt: AbortError'],
  [failure('Error', 'ECONNREFUSED'), 'KMS_UNREACHABLE', 'KMS Decrypt: ECONNREFUSED'],
  [failure('TimeoutError', 'ECONNRESET'), 'KMS_UNREACHABLE', 'KMS Decrypt: ECONNRESET'],
  [failure('Error', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'KMS_UNREACHABLE', 'KMS Decrypt: ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
  [failure('Error', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'KMS_UNTRUSTED', 'KMS Decrypt: DEPTH_ZERO_SELF_SIGNED_CERT'],
  [failure('Error', 'SELF_SIGNED_CERT_IN_CHAIN'), 'KMS_UNTRUSTED', 'KMS Decrypt: SELF_SIGNED_CERT_IN_CHAIN'],
  [failure('a name with arn:aws:secret', undefined, 'client'), 'KMS_FAILED', 'KMS Decrypt: unknown'],
  [failure('constructor', undefined, 'client'), 'KMS_FAILED', 'KMS Decrypt: constructor'],
  ['thrown text', 'KMS_FAILED', 'KMS Decrypt: unknown'],
]

for (const [error, code, message] of table) {
  test(`"${message}" is ${code}`, async t => {
    const translated = toKmsError(error, 'Decrypt')
    t.match(translated, { code, message, cause: error })
  })
}

test('an error that has its code already keeps it', async t => {
  const error = new EnclaveError('KMS_ANSWER_INVALID', 'x')
  t.equal(toKmsError(error, 'Decrypt'), error)
})
