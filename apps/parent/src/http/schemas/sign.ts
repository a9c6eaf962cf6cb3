import { maxMessageBytes, messageTypes, signatureFormats } from '@enclave-signer/protocol'
import { Type } from 'typebox'

import { base64Pattern, closed, keyIdSchema, signingAlgorithm } from './fields.ts'

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
