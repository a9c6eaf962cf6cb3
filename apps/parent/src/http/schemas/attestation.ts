import { maxNonceBytes } from '@enclave-signer/protocol'
import { Type } from 'typebox'

import { closed, keyIdSchema, measurements } from './fields.ts'

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
