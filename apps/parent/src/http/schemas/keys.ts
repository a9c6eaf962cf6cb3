import { keyOrigins, maxCiphertextBlobBytes, signingAlgorithms } from '@enclave-signer/protocol'
import { Type } from 'typebox'

import { base64Pattern, closed, keyIdSchema, keySpec } from './fields.ts'

const secp256k1PublicKey = '-----BEGIN PUBLIC KEY-----\nMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZ\nWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/Re0SKaFVBmcR9CP+xDUuA==\n-----END PUBLIC KEY-----\n'

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
