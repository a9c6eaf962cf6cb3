import { logEvents, logLevels } from '@enclave-signer/protocol'
import { Type } from 'typebox'

import { lastEventIdOf } from '../../console/event-stream.ts'
import { answers } from '../openapi.ts'
import { RequestProblem } from '../../problems/request-problem.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

const querystring = Type.Object({
  enclave: Type.Optional(Type.String({
    pattern: '^[A-Za-z0-9._-]{1,128}$', description: 'Only lines of the enclave of this name.', examples: ['enclave-signer-0'],
  })),
}, { additionalProperties: false })

const headers = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'The id of the event that was received last: the stream goes on after it.' })),
})

const event = Type.Object({
  enclave: Type.String({ description: 'The name of the enclave.', examples: ['enclave-signer-0'] }),
  source: Type.Enum(['log', 'console'], { description: 'log: the enclave\'s own log; console: the console of an enclave in debug mode.' }),
  at: Type.String({ description: 'ISO 8601: by the enclave\'s clock for its log, by the parent\'s for a console.' }),
  level: Type.Optional(Type.Enum([...logLevels])),
  event: Type.Optional(Type.Enum([...logEvents], { description: 'Of the log, with its facts as further members.', examples: ['key.loaded'] })),
  line: Type.Optional(Type.String({ description: 'Of a console.' })),
}, { title: 'ConsoleEvent' })

const schema = {
  operationId: 'followConsole',
  tags: ['enclave'],
  summary: 'Follow what the enclaves say',
  description: 'Server-sent events: the lines that are kept, then each as it comes. `data` is JSON, `id` a number that grows.',
  querystring,
  headers,
  response: {
    ...answers(200, '', Type.Unknown(), 'OVERLOADED'),
    200: { description: 'Events; the schema is that of the data of each', content: { 'text/event-stream': { schema: event } } },
  },
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx holds answers back to fill its buffers unless it is told not to.
  'x-accel-buffering': 'no',
  // A stop need not wait for the connection to idle out.
  connection: 'close',
}

/** `GET /enclave/console`. */
export function consoleRoute (app: HttpServer, { consoleStreams }: RouteContext): void {
  app.addHook('preClose', done => {
    consoleStreams.close()
    done()
  })
  app.get('/enclave/console', { schema, exposeHeadRoute: false, config: { limited: 'never' } }, (request, reply) => {
    if (!consoleStreams.hasRoom) throw new RequestProblem('OVERLOADED', `the console has ${consoleStreams.size} readers, which is the most it takes`)
    const { query: { enclave }, headers: { 'last-event-id': lastEventId } } = request
    reply.hijack()
    reply.raw.writeHead(200, { ...streamHeaders, 'x-request-id': request.id })
    consoleStreams.open(reply.raw, { after: lastEventIdOf(lastEventId), enclave })
  })
}
