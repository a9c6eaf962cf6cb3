import { enclaveErrorCodes } from './errors.ts'
import { keyId, keySpec, unixMs, version } from './fields.ts'
import type { methodNames } from './fields.ts'
import { keySpecs, messageTypes, signatureFormats, signingAlgorithms } from './keys.ts'
import type { KeyOrigin, KeyRecord, SealedKey } from './keys.ts'
import {
  maxAttestationDocumentBytes, maxCiphertextBlobBytes, maxLogLines, maxMessageBytes, maxNonceBytes, maxPrivateKeyBytes, maxPublicKeyBytes,
  protocolVersion,
} from './limits.ts'
import { kmsOperations, logLine } from './log-line.ts'
import { array, base64, either, integer, isPlainObject, nullable, number, object, oneOf, string, timestamp } from './schema.ts'
import type { Checked, Schema } from './schema.ts'

const publicKey = base64(1, maxPublicKeyBytes)
const createdAt = timestamp()

const keyRecord: Schema<KeyRecord> = object({
  keyId, keySpec, origin: oneOf('ENCLAVE', 'EXTERNAL'), publicKey, createdAt,
})

const sealedKey: Schema<SealedKey> = either(
  value => originOf(value) === 'ENCLAVE' ? 'first' : 'second',
  object({
    record: object({ keyId, keySpec, origin: oneOf('ENCLAVE'), publicKey, createdAt }),
    seal: object({
      encryptedDataKey: base64(1, maxCiphertextBlobBytes),
      iv: base64(12, 12),
      ciphertext: base64(1, maxPrivateKeyBytes),
      tag: base64(16, 16),
    }),
  }),
  object({
    record: object({ keyId, keySpec, origin: oneOf('EXTERNAL'), createdAt }, { publicKey }),
    seal: object({ ciphertextBlob: base64(1, maxCiphertextBlobBytes) }),
  })
)

/** How a call to KMS ended. */
export const kmsCallOutcomes = ['ok', ...enclaveErrorCodes] as const

/** See {@link kmsCallOutcomes}. */
export type KmsCallOutcome = (typeof kmsCallOutcomes)[number]

const kmsCallCount = object({ operation: oneOf(...kmsOperations), outcome: oneOf(...kmsCallOutcomes), count: integer(1) })
const maxKmsCallCounts = kmsOperations.length * kmsCallOutcomes.length

/** How often calls of one kind were made in the life of the enclave. */
export type KmsCallCount = Checked<typeof kmsCallCount>

/** Every method: what it is asked with and what it answers. The enclave checks both against these, the parent what it is answered. */
export const methods = {
  hello: {
    params: object({ protocolVersion: integer(1, 0xffff) }),
    result: object({
      protocolVersion: oneOf(protocolVersion),
      enclaveVersion: version,
      keySpecs: array(keySpec, keySpecs.length),
      region: string(64, /^[a-z0-9-]+$/),
      kmsKeyArn: string(256, /^arn:[\w:/-]+$/),
      limits: object({ frameBytes: integer(1), messageBytes: integer(1), requestsInFlight: integer(1), keys: integer(1) }),
    }),
  },
  setCredentials: {
    params: object({
      accessKeyId: string(128, /^\w+$/),
      secretAccessKey: string(256, /^[\x21-\x7e]+$/),
      sessionToken: string(8192, /^[\x21-\x7e]+$/),
      expiresAt: unixMs,
    }),
    result: object({ expiresAt: unixMs }),
  },
  loadKey: {
    params: object({ sealedKey }),
    result: object({ record: keyRecord }),
  },
  generateKey: {
    params: object({ keyId, keySpec }),
    result: object({ sealedKey }),
  },
  sign: {
    params: object({
      keyId,
      message: base64(1, maxMessageBytes),
      messageType: oneOf(...messageTypes),
      signingAlgorithm: oneOf(...signingAlgorithms),
      signatureFormat: oneOf(...signatureFormats),
    }),
    result: object({ signature: base64(1, 1024) }, { recoveryId: oneOf(0, 1) }),
  },
  attest: {
    params: object({}, { nonce: base64(1, maxNonceBytes), keyId }),
    result: object({ attestationDocument: base64(1, maxAttestationDocumentBytes) }),
  },
  ping: {
    params: object({}),
    result: object({
      uptimeMs: number(0, Number.MAX_SAFE_INTEGER),
      clockMs: unixMs,
      eventLoopDelayMs: number(0, Number.MAX_SAFE_INTEGER),
      keysLoaded: integer(0),
      residentBytes: integer(0),
      credentialsExpireAt: nullable(unixMs),
      kmsCalls: array(kmsCallCount, maxKmsCallCounts),
    }),
  },
  readLog: {
    params: object({ after: integer(0) }),
    result: object({ lines: array(logLine, maxLogLines), next: integer(0), dropped: integer(0) }),
  },
} satisfies Record<(typeof methodNames)[number], { params: Schema<unknown>, result: Schema<unknown> }>

/** The name of a method. */
export type Method = keyof typeof methods

/** What a method is asked with. */
export type Params<M extends Method> = Checked<(typeof methods)[M]['params']>

/** What a method answers. */
export type Result<M extends Method> = Checked<(typeof methods)[M]['result']>

/** Whether there is a method of that name. */
export function isMethod (name: string): name is Method {
  return Object.hasOwn(methods, name)
}

/** Whether a value, read from a file say, is a sealed key; throws a SchemaError that names the place where it is not. */
export function checkSealedKey (value: unknown): asserts value is SealedKey {
  sealedKey(value, 'sealedKey')
}

function originOf (value: unknown): KeyOrigin | undefined {
  const record = isPlainObject(value) ? value.record : undefined
  return isPlainObject(record) ? record.origin as KeyOrigin | undefined : undefined
}
