import { answers } from '../openapi.ts'
import { statusSchema } from '../schemas/status.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

const schema = {
  operationId: 'getEnclaveStatus',
  tags: ['enclave'],
  summary: 'Show what the enclave and its relays are doing',
  response: answers(200, 'The status', statusSchema),
}

/** `GET /enclave/status`. */
export function statusRoute (app: HttpServer, { status }: RouteContext): void {
  app.get('/enclave/status', { schema, config: { limited: 'by-rates' } }, (_request, reply) => reply.send(status()))
}
