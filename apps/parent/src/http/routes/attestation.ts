import { decodeAttestationDocumentUnverified, measurementsOf } from '@enclave-signer/attestation'
import { decodeBase64 } from '@enclave-signer/protocol'

import { answers, enclaveProblems, kmsProblems } from '../openapi.ts'
import { attestationSchema, keyAttestationSchema, keyParams, nonceQuery } from '../schemas.ts'
import type { HttpServer, RouteContext } from '../context.ts'

const enclaveSchema = {
  tags: ['enclave'],
  summary: 'Have the enclave prove what it runs',
  querystring: nonceQuery,
  response: answers(200, 'A fresh attestation document', attestationSchema, 'INVALID_REQUEST_FIELD', 'NSM_FAILED', ...enclaveProblems),
}

const keySchema = {
  tags: ['keys'],
  summary: 'Have the enclave prove that it holds a key',
  description: 'The document\'s public_key is the key\'s SubjectPublicKeyInfo in DER, its user_data the key\'s record in RFC 8785 JSON.',
  params: keyParams,
  querystring: nonceQuery,
  response: answers(
    200, 'A fresh attestation document', keyAttestationSchema,
    'INVALID_REQUEST_FIELD', 'KEY_NOT_FOUND', 'KEY_UNREADABLE', 'SEAL_BROKEN', 'PUBLIC_KEY_MISMATCH', 'NSM_FAILED', ...kmsProblems, ...enclaveProblems
  ),
}

/** `GET /enclave/attestation`, `GET /keys/{keyId}/attestation`. */
export function attestationRoutes (app: HttpServer, { keys, enclave, loadedKeys }: RouteContext): void {
  app.get('/enclave/attestation', { schema: enclaveSchema }, async (request, reply) => {
    const { attestationDocument } = await enclave.request('attest', nonceOf(request.query))
    return await reply.send({ attestationDocument, measurements: measurementsIn(attestationDocument) })
  })
  app.get('/keys/:keyId/attestation', { schema: keySchema }, async (request, reply) => {
    const { keyId } = request.params
    keys.sealedKey(keyId)
    const { attestationDocument } = await loadedKeys.request('attest', { keyId, ...nonceOf(request.query) })
    return await reply.send({ keyId, attestationDocument, measurements: measurementsIn(attestationDocument) })
  })
}

function nonceOf ({ nonce }: { nonce?: string }): { nonce?: string } {
  return nonce === undefined ? {} : { nonce: Buffer.from(nonce, 'hex').toString('base64') }
}

/** What the document says, not what the EIF measured: it is the NSM's word, and zero in debug mode. */
function measurementsIn (attestationDocument: string): Record<string, string> {
  return { ...measurementsOf(decodeAttestationDocumentUnverified(decodeBase64(attestationDocument))) }
}
