import { Type } from 'typebox'

import { ParentError } from '../../errors.ts'
import { answers } from '../openapi.ts'
import { aliveSchema } from '../schemas/status.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

const tags = ['operation']
const liveSchema = { operationId: 'getLiveness', tags, summary: 'Whether the process lives', response: answers(200, 'It does', aliveSchema) }
const readySchema = { operationId: 'getReadiness', tags, summary: 'Whether requests can be served', response: answers(200, 'They can', aliveSchema, 'ENCLAVE_NOT_READY', 'AUDIT_UNAVAILABLE') }
const metricsSchema = {
  operationId: 'getMetrics',
  tags,
  summary: 'Metrics in Prometheus text',
  response: { 200: { description: 'Every metric; docs/metrics.md lists them', content: { 'text/plain': { schema: Type.String() } } } },
}
const documentSchema = { operationId: 'getOpenApiDocument', tags, summary: 'This document', response: answers(200, 'OpenAPI 3.1', Type.Object({}, { additionalProperties: true })) }

/** Of routes that are asked every few seconds, overload or not. */
const config = { untraced: true, limited: 'never' } as const

/** `GET /livez`, `/readyz`, `/metrics`, `/openapi.json`. */
export function operationRoutes (app: HttpServer, context: RouteContext): void {
  probeRoutes(app, context)
  app.get('/openapi.json', { schema: documentSchema }, (_request, reply) => reply.send(app.swagger()))
}

/** `GET /livez`, `/readyz`, `/metrics`. */
export function probeRoutes (app: HttpServer, { status, metrics }: Pick<RouteContext, 'status' | 'metrics'>): void {
  app.get('/livez', { schema: liveSchema, config }, (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', { schema: readySchema, config }, (_request, reply) => {
    const { state, enclaves, audit: { reason: auditReason } } = status()
    if (auditReason !== null) throw new ParentError('AUDIT_UNAVAILABLE', `the audit log cannot be written (${auditReason})`, { reason: auditReason })
    if (state === 'ready') return reply.send({ status: 'ok' })
    const reason = enclaves.find(enclave => enclave.reason !== null)?.reason
    throw new ParentError('ENCLAVE_NOT_READY', `no enclave is ready (${state}${reason === undefined ? '' : `: ${reason}`})`, { state })
  })
  app.get('/metrics', { schema: metricsSchema, config }, async (_request, reply) => {
    return await reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
