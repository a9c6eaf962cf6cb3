import { keyIdPattern, keySpecs, signingAlgorithms } from '@enclave-signer/protocol'
import { Type } from 'typebox'

/** Canonical base64 (RFC 4648 section 4): padded, no white space, no stray bits in the last character. */
export const base64Pattern = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$'

/** Of an object that takes no member it does not know. */
export const closed = { additionalProperties: false }

/** A key's name. */
export const keyIdSchema = Type.String({
  pattern: keyIdPattern.source, description: 'The name of the key: 1 to 128 letters, digits, dots, underscores and hyphens.', examples: ['treasury-1'],
})

/** A key's kind. */
export const keySpec = Type.Enum([...keySpecs], { description: 'The kind of key, in the words of AWS KMS.', examples: ['ECC_SECG_P256K1'] })

/** How to sign. */
export const signingAlgorithm = Type.Enum([...signingAlgorithms], { description: 'By default the first of the key\'s signing algorithms.', examples: ['ECDSA_SHA_256'] })

/** PCRs by name. */
export const measurements = Type.Record(Type.String(), Type.String(), {
  description: 'PCRs in lower-case hexadecimal.', examples: [{ PCR0: 'a2…', PCR1: '4b…', PCR2: '2e…' }],
})
