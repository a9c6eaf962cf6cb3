import { ParentError } from '../../errors.ts'
import { answers } from '../openapi.ts'
import { aliveSchema } from '../schemas.ts'
import type { HttpServer, RouteContext } from '../context.ts'

const tags = ['operation']
const liveSchema = { tags, summary: 'Whether the process lives', response: answers(200, 'It does', aliveSchema) }
const readySchema = { tags, summary: 'Whether requests can be served', response: answers(200, 'They can', aliveSchema, 'ENCLAVE_NOT_READY') }
const metricsSchema = { tags, summary: 'Metrics in Prometheus text', produces: ['text/plain'] }

/** `GET /livez`, `/readyz`, `/metrics`, `/openapi.json`. */
export function operationRoutes (app: HttpServer, { status, metrics }: RouteContext): void {
  app.get('/livez', { schema: liveSchema }, (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', { schema: readySchema }, (_request, reply) => {
    const { state, enclaves } = status()
    if (state === 'ready') return reply.send({ status: 'ok' })
    const reason = enclaves.find(enclave => enclave.reason !== null)?.reason
    throw new ParentError('ENCLAVE_NOT_READY', `no enclave is ready (${state}${reason === undefined ? '' : `: ${reason}`})`, { state })
  })
  app.get('/metrics', { schema: metricsSchema }, async (_request, reply) => {
    return await reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()))
}
