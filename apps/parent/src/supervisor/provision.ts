import {
  decodeAttestationDocumentUnverified, isAttestationError, isDebugMode, verifyAttestationDocument,
} from '@enclave-signer/attestation'
import type { AttestationError, Measurements } from '@enclave-signer/attestation'
import { decodeBase64, encodeBase64, protocolVersion } from '@enclave-signer/protocol'
import type { Result } from '@enclave-signer/protocol'

import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import { ParentError } from '../errors.ts'
import type { MeasuredSettings } from '../image/derived-image.ts'

/** What the enclave must prove before the parent hands it credentials and requests. */
export interface Expectations {
  measurements: Measurements
  debugMode: boolean
  /** PEM of the root that attestation documents are checked against. */
  attestationRoot: string
  /** Unix time in milliseconds. */
  now: () => number
  /** A fresh nonce. */
  createNonce: () => Buffer
}

const zeroPcr = '0'.repeat(96)
const debugPcrs: Measurements = { PCR0: zeroPcr, PCR1: zeroPcr, PCR2: zeroPcr }

/** What an enclave must have been built with, and how long it may take to say so in milliseconds. */
export interface Greeting {
  settings: Pick<MeasuredSettings, 'region' | 'kmsKeyArn'>
  deadlineMs: number
}

/**
 * Greets the enclave and compares what it was built with.
 *
 * @throws ParentError `ENCLAVE_DIFFERS`; ProtocolError when it does not answer.
 */
export async function greet (enclave: EnclaveRequests, { settings: { region, kmsKeyArn }, deadlineMs }: Greeting, signal: AbortSignal): Promise<Result<'hello'>> {
  const hello = await enclave.request('hello', { protocolVersion }, { deadlineMs, signal })
  const settings = [['region', hello.region, region], ['KMS key', hello.kmsKeyArn, kmsKeyArn]] as const
  const differing = settings.find(([, has, wanted]) => has !== wanted)
  if (differing !== undefined) {
    const [setting, has, wanted] = differing
    throw new ParentError('ENCLAVE_DIFFERS', `the enclave was built with the ${setting} ${has}, the parent is set to ${wanted}`, { setting })
  }
  return hello
}

/**
 * Has the enclave prove, over a fresh nonce, that it runs the measured image. In debug mode, which must have been asked for, PCR0 to
 * PCR2 are zero whatever the image.
 *
 * @throws ParentError `ATTESTATION_REFUSED` with the AttestationError as its cause.
 */
export async function checkAttestation (enclave: EnclaveRequests, expectations: Expectations): Promise<void> {
  const { measurements, debugMode, attestationRoot, now, createNonce } = expectations
  const nonce = createNonce()
  const { attestationDocument } = await enclave.request('attest', { nonce: encodeBase64(nonce) })
  const bytes = decodeBase64(attestationDocument)
  try {
    verifyAttestationDocument(bytes, { root: attestationRoot, now: now(), nonce, expectedPcrs: debugMode ? debugPcrs : measurements })
  } catch (cause) {
    if (!isAttestationError(cause)) throw cause
    throw refused(cause, isDebugDocument(cause, bytes))
  }
}

function isDebugDocument (cause: AttestationError, bytes: Buffer): boolean {
  return cause.code === 'PCR_MISMATCH' && isDebugMode(decodeAttestationDocumentUnverified(bytes))
}

function refused (cause: AttestationError, debugDocument: boolean): ParentError {
  const reason = debugDocument ? 'DEBUG_MODE' : cause.code
  const why = debugDocument ? 'the enclave runs in debug mode, which ENCLAVE_DEBUG_MODE does not allow' : cause.message
  return new ParentError('ATTESTATION_REFUSED', `the enclave's attestation is refused (${reason}): ${why}`, { reason }, { cause })
}
