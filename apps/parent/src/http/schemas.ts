import { keyOrigins, keySpecs, maxCiphertextBlobBytes, maxMessageBytes, maxNonceBytes, messageTypes, signatureFormats, signingAlgorithms } from '@enclave-signer/protocol'
import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'

/** Canonical base64 (RFC 4648 section 4): padded, no white space, no stray bits in the last character. */
const base64Pattern = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$'

const closed = { additionalProperties: false }
const secp256k1PublicKey = '-----BEGIN PUBLIC KEY-----\nMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZ\nWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/Re0SKaFVBmcR9CP+xDUuA==\n-----END PUBLIC KEY-----\n'

/** A key's name. */
export const keyIdSchema = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$', description: 'The name of the key: 1 to 128 letters, digits, dots, underscores and hyphens.', examples: ['treasury-1'],
})

const keySpec = Type.Enum([...keySpecs], { description: 'The kind of key, in the words of AWS KMS.', examples: ['ECC_SECG_P256K1'] })
const signingAlgorithm = Type.Enum([...signingAlgorithms], { description: 'By default the first of the key\'s signing algorithms.', examples: ['ECDSA_SHA_256'] })
const measurements = Type.Record(Type.String(), Type.String(), {
  description: 'PCRs in lower-case hexadecimal.', examples: [{ PCR0: 'a2…', PCR1: '4b…', PCR2: '2e…' }],
})

/** `POST /sign`. */
export const signRequest = Type.Object({
  keyId: keyIdSchema,
  message: Type.String({
    minLength: 1, pattern: base64Pattern, description: `Base64 of the message (1 to ${maxMessageBytes} bytes), or of its digest.`, examples: ['aGVsbG8='],
  }),
  messageType: Type.Enum([...messageTypes], { default: 'RAW', description: 'RAW is hashed by the enclave, always; DIGEST is the hash itself.' }),
  signingAlgorithm: Type.Optional(signingAlgorithm),
  signatureFormat: Type.Enum([...signatureFormats], { default: 'DER', description: 'How an ECDSA signature is written: DER, or P1363 (r‖s).' }),
}, closed)

/** Its answer. */
export const signResponse = Type.Object({
  keyId: keyIdSchema,
  signingAlgorithm,
  signature: Type.String({ description: 'Base64.', examples: ['MEUCIQD…'] }),
  recoveryId: Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description: 'secp256k1 only: which of the two public keys fits.' })),
})

/** `POST /keys`. */
export const createKeyRequest = Type.Object({ keyId: keyIdSchema, keySpec }, closed)

/** `POST /keys/import`. */
export const importKeyRequest = Type.Object({
  keyId: keyIdSchema,
  keySpec,
  ciphertextBlob: Type.String({
    minLength: 1,
    maxLength: Math.ceil(maxCiphertextBlobBytes / 3) * 4,
    pattern: base64Pattern,
    description: 'Base64 of what `aws kms encrypt` made of the PKCS#8 DER private key, under the encryption context {"enclave-signer:key-id": <keyId>, "enclave-signer:key-spec": <keySpec>}.',
    examples: ['AQICAHj…'],
  }),
}, closed)

/** A key as anybody may see it. */
export const keyRecordSchema = Type.Object({
  keyId: keyIdSchema,
  keySpec,
  origin: Type.Enum([...keyOrigins], { description: 'ENCLAVE: made inside; EXTERNAL: imported.' }),
  publicKey: Type.String({ description: 'SubjectPublicKeyInfo, PEM.', examples: [secp256k1PublicKey] }),
  signingAlgorithms: Type.Array(Type.Enum([...signingAlgorithms]), { description: 'The first is the default.', examples: [['ECDSA_SHA_256']] }),
  createdAt: Type.String({ description: 'ISO 8601.', examples: ['2026-01-15T10:20:30.123Z'] }),
})

/** `GET /keys`. */
export const keyListSchema = Type.Object({
  keys: Type.Array(keyRecordSchema),
  unreadable: Type.Array(Type.Object({ file: Type.String(), reason: Type.String() }), { description: 'Files among the stored keys that cannot be used.' }),
})

/** Routes with a key in their path. */
export const keyParams = Type.Object({ keyId: keyIdSchema })

/** Routes that answer with an attestation document. */
export const nonceQuery = Type.Object({
  nonce: Type.Optional(Type.String({
    pattern: `^(?:[0-9a-fA-F]{2}){1,${maxNonceBytes}}$`, description: `1 to ${maxNonceBytes} bytes in hexadecimal; the document repeats them.`, examples: ['c0ffee00'],
  })),
}, closed)

/** Their answer. */
export const attestationSchema = Type.Object({
  attestationDocument: Type.String({ description: 'COSE_Sign1, base64.', examples: ['hEShATgioFkR…'] }),
  measurements,
})

/** The same for a key. */
export const keyAttestationSchema = Type.Object({ keyId: keyIdSchema, ...attestationSchema.properties })

const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

const health = Type.Object({
  checkedAt: Type.String(),
  roundTripMs: Type.Number(),
  missedPings: Type.Integer(),
  uptimeMs: Type.Number(),
  clockDifferenceMs: Type.Number(),
  eventLoopDelayMs: Type.Number(),
  residentBytes: Type.Integer(),
})

const failure = Type.Object({
  at: Type.String(),
  state: Type.String({ description: 'In which it happened.' }),
  code: Type.String(),
  reason: Type.String(),
  count: Type.Integer({ description: 'How often in a row it was the same.' }),
})

const progress = Type.Object({ lastLine: Type.String(), since: Type.String() })

/** `GET /enclave/status`. */
export const statusSchema = Type.Object({
  state: Type.String({ description: 'ready while an enclave takes requests; else the state of the enclave.', examples: ['ready'] }),
  enclaves: Type.Array(Type.Object({
    name: Type.String({ examples: ['enclave-signer-0'] }),
    enclaveId: nullable(Type.String()),
    cid: nullable(Type.Integer()),
    state: Type.String(),
    since: Type.String(),
    reason: nullable(Type.String()),
    nextAttemptAt: nullable(Type.String({ description: 'While it is backing off: when the next attempt is made.' })),
    restarts: Type.Integer(),
    failures: Type.Array(failure, { description: 'The latest, newest first.' }),
    measurements: nullable(measurements),
    debugMode: Type.Boolean(),
    health: nullable(health),
    credentialsExpireAt: nullable(Type.String()),
    keysLoaded: nullable(Type.Integer()),
  })),
  relays: Type.Array(Type.Object({ name: Type.String(), state: Type.String(), restarts: Type.Integer(), reason: nullable(Type.String()) })),
  image: nullable(Type.Object({
    eifPath: nullable(Type.String()),
    name: nullable(Type.String()),
    imageId: nullable(Type.String()),
    measurements: nullable(measurements),
    progress: nullable(progress),
  })),
  attestationRoot: Type.Object({ sha256: Type.String({ description: 'Of the root certificate that attestation documents are checked against, lower-case hexadecimal.' }) }),
})

/** `GET /livez`, `GET /readyz`. */
export const aliveSchema = Type.Object({ status: Type.String({ examples: ['ok'] }) })

/** Every error. */
export const problemSchema = Type.Object({
  type: Type.String({ examples: ['urn:enclave-signer:problem:KEY_NOT_FOUND'] }),
  title: Type.String({ examples: ['There is no such key'] }),
  status: Type.Integer({ examples: [404] }),
  detail: Type.String({ examples: ['There is no key treasury-1. GET /keys lists the keys.'] }),
  code: Type.String({ description: 'Stable; one of the table in the documentation.', examples: ['KEY_NOT_FOUND'] }),
  requestId: Type.String({ examples: ['mf3k2c9q-1a'] }),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
})

/** The body of `GET /enclave/status`. */
export type ServiceStatus = Static<typeof statusSchema>
