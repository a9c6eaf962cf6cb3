import { decodeAttestationDocumentUnverified, measurementsOf } from '@enclave-signer/attestation'
import { decodeBase64 } from '@enclave-signer/protocol'

import type { FastifyRequest } from 'fastify'

import { audited } from '../../audit/audited.ts'
import type { AuditFacts } from '../../audit/audit.ts'
import { answers, enclaveProblems, storedKeyProblems } from '../openapi.ts'
import { attestationSchema, keyAttestationSchema, nonceQuery } from '../schemas/attestation.ts'
import { keyParams } from '../schemas/keys.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

const enclaveSchema = {
  operationId: 'attestEnclave',
  tags: ['enclave'],
  summary: 'Have the enclave prove what it runs',
  querystring: nonceQuery,
  response: answers(200, 'A fresh attestation document', attestationSchema, 'AUDIT_UNAVAILABLE', 'NSM_FAILED', ...enclaveProblems),
}

const keySchema = {
  operationId: 'attestKey',
  tags: ['keys'],
  summary: 'Have the enclave prove that it holds a key',
  description: 'The document\'s public_key is the key\'s SubjectPublicKeyInfo in DER, its user_data the key\'s record in RFC 8785 JSON.',
  params: keyParams,
  querystring: nonceQuery,
  response: answers(
    200, 'A fresh attestation document', keyAttestationSchema,
    'AUDIT_UNAVAILABLE', ...storedKeyProblems, ...enclaveProblems
  ),
}

/** `GET /enclave/attestation`, `GET /keys/{keyId}/attestation`. */
export function attestationRoutes (app: HttpServer, { keys, enclave, loadedKeys, audit }: RouteContext): void {
  app.get('/enclave/attestation', { schema: enclaveSchema }, async (request, reply) => {
    const { attestationDocument } = await audited(audit, attestFacts(request), () =>
      request.deadline.ask(options => enclave.request('attest', nonceOf(request.query), options), request.trace?.traceId))
    return await reply.send({ attestationDocument, measurements: measurementsIn(attestationDocument) })
  })
  app.get('/keys/:keyId/attestation', { schema: keySchema }, async (request, reply) => {
    const { params: { keyId }, deadline } = request
    const { attestationDocument } = await audited(audit, attestFacts(request, keyId), async () => {
      keys.sealedKey(keyId)
      return await deadline.answered(loadedKeys.request('attest', { keyId, ...nonceOf(request.query) }, { deadline, traceId: request.trace?.traceId }))
    })
    return await reply.send({ keyId, attestationDocument, measurements: measurementsIn(attestationDocument) })
  })
}

function attestFacts ({ id: requestId, caller }: Pick<FastifyRequest, 'id' | 'caller'>, keyId?: string): AuditFacts {
  return { requestId, caller: caller.name, action: 'attest', keyId }
}

function nonceOf ({ nonce }: { nonce?: string }): { nonce?: string } {
  return nonce === undefined ? {} : { nonce: Buffer.from(nonce, 'hex').toString('base64') }
}

/** What the document says, not what the EIF measured: it is the NSM's word, and zero in debug mode. */
function measurementsIn (attestationDocument: string): Record<string, string> {
  return { ...measurementsOf(decodeAttestationDocumentUnverified(decodeBase64(attestationDocument))) }
}
