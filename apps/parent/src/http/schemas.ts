import { keyOrigins, keySpecs, maxCiphertextBlobBytes, maxMessageBytes, maxNonceBytes, messageTypes, signatureFormats, signingAlgorithms } from '@enclave-signer/protocol'
import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'

import { auditModes } from '../audit/audit.ts'
import { watchedNames } from '../reload/watched-value.ts'
import { problemTable } from '../problems/problem-table.ts'

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
  sequence: Type.Optional(Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Guards against signing twice: the key signs under a sequence (a slot, a height, a nonce) once, and then under higher ones only. From the first on, the key takes no request without one.',
    examples: [8421377],
  })),
}, { title: 'SignRequest', ...closed })

/** Its answer. */
export const signResponse = Type.Object({
  keyId: keyIdSchema,
  signingAlgorithm,
  signature: Type.String({ description: 'Base64.', examples: ['MEUCIQD…'] }),
  recoveryId: Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description: 'secp256k1 only: which of the two public keys fits.' })),
}, { title: 'Signature' })

/** `POST /keys`. */
export const createKeyRequest = Type.Object({ keyId: keyIdSchema, keySpec }, { title: 'CreateKeyRequest', ...closed })

/** `POST /keys/import`. */
export const importKeyRequest = Type.Object({
  keyId: keyIdSchema,
  keySpec,
  ciphertextBlob: Type.String({
    minLength: 1,
    maxLength: Math.ceil(maxCiphertextBlobBytes / 3) * 4,
    pattern: base64Pattern,
    description: 'Base64 of what `aws kms encrypt` made of the PKCS#8 DER private key, under the encryption context {"enclave-signer:key-id": <keyId>, "enclave-signer:key-spec": <keySpec>}.',
    examples: ['AQICAHiVhK0Zs3lq'],
  }),
}, { title: 'ImportKeyRequest', ...closed })

/** A key as anybody may see it. */
export const keyRecordSchema = Type.Object({
  keyId: keyIdSchema,
  keySpec,
  origin: Type.Enum([...keyOrigins], { description: 'ENCLAVE: made inside; EXTERNAL: imported.' }),
  publicKey: Type.String({ description: 'SubjectPublicKeyInfo, PEM.', examples: [secp256k1PublicKey] }),
  signingAlgorithms: Type.Array(Type.Enum([...signingAlgorithms]), { description: 'The first is the default.', examples: [['ECDSA_SHA_256']] }),
  createdAt: Type.String({ description: 'ISO 8601.', examples: ['2026-01-15T10:20:30.123Z'] }),
  lastSequence: Type.Optional(Type.Union([Type.Integer(), Type.Null()], {
    description: 'GET /keys/{keyId} only, of a key that has signed under a sequence: the highest. Null where it is not known; the key then signs nothing.',
    examples: [8421377],
  })),
}, { title: 'Key' })

/** `GET /keys`. */
export const keyListSchema = Type.Object({
  keys: Type.Array(keyRecordSchema),
  unreadable: Type.Array(Type.Object({ file: Type.String(), reason: Type.String() }), { description: 'Files among the stored keys that cannot be used.' }),
}, { title: 'KeyList' })

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
}, { title: 'Attestation' })

/** The same for a key. */
export const keyAttestationSchema = Type.Object({ keyId: keyIdSchema, ...attestationSchema.properties }, { title: 'KeyAttestation' })

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
  audit: Type.Object({
    mode: Type.Enum([...auditModes]),
    state: Type.Enum(['recording', 'unavailable']),
    reason: nullable(Type.String({ description: 'Why it is unavailable.', examples: ['ENOSPC'] })),
    entry: Type.Integer({ description: 'The number of the latest line.' }),
    hash: Type.String({ description: 'Its hash: kept elsewhere, it shows later whether the log was cut.', examples: ['3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d'] }),
  }),
  files: Type.Array(Type.Object({
    name: Type.Enum([...watchedNames], { description: 'callers: CALLERS_FILE and the key files it names; tls: TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CA_FILE.' }),
    loadedAt: Type.String({ description: 'When the files in force were read, ISO 8601.' }),
    refusedSince: nullable(Type.String({ description: 'Since when changed files are refused: those before are in force, and the log says why.' })),
  })),
  attestationRoot: Type.Object({ sha256: Type.String({ description: 'Of the root certificate that attestation documents are checked against, lower-case hexadecimal.' }) }),
}, { title: 'ServiceStatus' })

/** `GET /livez`, `GET /readyz`. */
export const aliveSchema = Type.Object({ status: Type.String({ examples: ['ok'] }) }, { title: 'Health' })

/** Every error. */
export const problemSchema = Type.Object({
  type: Type.String({ examples: ['urn:enclave-signer:problem:KEY_NOT_FOUND'] }),
  title: Type.String({ examples: ['There is no such key'] }),
  status: Type.Integer({ examples: [404] }),
  detail: Type.String({ examples: ['There is no key treasury-1. GET /keys lists the keys.'] }),
  code: Type.Enum(Object.keys(problemTable), { description: 'Stable; docs/http-api.md has what each means and what to do.', examples: ['KEY_NOT_FOUND'] }),
  requestId: Type.String({ examples: ['9f86d081884c-1a'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    field: Type.String({ description: 'A JSON pointer into the body or the item of a batch, or the name of a parameter.', examples: ['/message'] }),
    message: Type.String({ examples: ['must be string'] }),
  }), { description: 'Of INVALID_REQUEST_FIELD.' })),
}, { title: 'Problem' })

const mostBatchItems = 100
const batchItems = { minItems: 1, maxItems: mostBatchItems }

/** `POST /sign/batch` as it is checked: what each item is, is its own affair. */
export const batchRequest = Type.Object({ items: Type.Array(Type.Unknown(), batchItems) }, closed)

/** The same as callers see it. */
export const shownBatchRequest = Type.Object({
  items: Type.Array(signRequest, { ...batchItems, description: 'An item that is not valid is refused on its own; the others are signed.' }),
}, { title: 'SignBatchRequest', ...closed })

/** Its answer. */
export const batchResponse = Type.Object({
  results: Type.Array(Type.Union([
    Type.Object({ status: Type.Literal(200), ...signResponse.properties }, { title: 'BatchSignature' }),
    Type.Object({
      status: Type.Integer({ minimum: 400, maximum: 599, description: 'What POST /sign would have been answered with.', examples: [404] }),
      retryAfter: Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds after which trying again makes sense.' })),
      problem: problemSchema,
    }, { title: 'BatchRefusal' }),
  ]), { ...batchItems, description: 'In the order of the items.' }),
}, { title: 'SignBatchResponse' })

/** The body of `GET /enclave/status`. */
export type ServiceStatus = Static<typeof statusSchema>
