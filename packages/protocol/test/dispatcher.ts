import { test } from 'tap'

import { Dispatcher } from '../src/dispatcher.ts'
import type { Call, EnclaveHandlers } from '../src/dispatcher.ts'
import { EnclaveError, ProtocolError } from '../src/errors.ts'
import { methods } from '../src/methods.ts'
import type { Method } from '../src/methods.ts'
import { SchemaError } from '../src/schema.ts'
import { handlersWith } from './fixtures/handlers.ts'
import type { Message } from './fixtures/peer.ts'
import { samples } from './fixtures/samples.ts'

test('every method reaches its handler with its parameters and is answered under its id', async t => {
  const calls: unknown[] = []
  const recording = Object.fromEntries(Object.entries(samples).map(([method, { result }]) => [
    method, (params: unknown) => { calls.push([method, params]); return result },
  ])) as unknown as EnclaveHandlers
  const { dispatcher, sent } = setUp(recording)
  for (const [index, method] of Object.keys(methods).entries()) {
    const { params, result } = samples[method as Method]
    t.equal(dispatcher.dispatch({ id: index, method, params }), undefined)
    t.strictSame(calls.at(-1), [method, params])
    t.strictSame(sent.at(-1), { jsonrpc: '2.0', id: index, result })
  }
})

test('a handler that takes its time is answered when it is done', async t => {
  const { promise, resolve } = Promise.withResolvers<typeof samples.sign.result>()
  const { dispatcher, sent } = setUp(handlersWith({ sign: () => promise }))
  const answered = dispatcher.dispatch({ id: 3, method: 'sign', params: samples.sign.params })
  t.strictSame(sent, [])
  resolve(samples.sign.result)
  await answered
  t.strictSame(sent, [{ jsonrpc: '2.0', id: 3, result: samples.sign.result }])
})

test('a method that is not in the table is not found, whatever its name', async t => {
  for (const method of ['decrypt', 'toString', '__proto__', 'constructor', '']) {
    const { dispatcher, sent } = setUp(handlersWith())
    await dispatcher.dispatch({ id: 1, method, params: {} })
    t.strictSame(sent, [errorAnswer(1, -32601, 'METHOD_NOT_FOUND', 'there is no such method')], method)
  }
})

test('parameters of another shape are answered with their place and do not reach the handler', async t => {
  const { dispatcher, sent, reported } = setUp(handlersWith({ sign: () => { throw new Error('reached') } }))
  const fits = samples.sign.params
  const refused: [params: unknown, message: string][] = [
    [undefined, 'params is not an object'],
    [[fits], 'params is not an object'],
    [{ ...fits, keyId: '../etc' }, 'params.keyId does not match ^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'],
    [{ ...fits, message: Buffer.alloc(4097).toString('base64') }, 'params.message is not of 1 to 4096 bytes'],
    [JSON.parse(`${JSON.stringify(fits).slice(0, -1)},"__proto__":{}}`), 'params has a member that is not known'],
  ]
  for (const [params, message] of refused) {
    await dispatcher.dispatch({ id: 1, method: 'sign', params })
    t.strictSame(sent.pop(), errorAnswer(1, -32602, 'INVALID_PARAMS', message))
  }
  t.strictSame(reported, [])
})

test('a context of another shape is answered with its place and does not reach the handler', async t => {
  const { dispatcher, sent } = setUp(handlersWith({ sign: () => { throw new Error('reached') } }))
  const refused: [context: unknown, message: string][] = [
    [null, 'context is not an object'],
    [{ timeoutMs: 0 }, 'context.timeoutMs is not a whole number from 1 to 60000'],
    [{ deadline: 1 }, 'context has a member that is not known'],
  ]
  for (const [context, message] of refused) {
    await dispatcher.dispatch({ id: 1, method: 'sign', params: samples.sign.params, context })
    t.strictSame(sent.pop(), errorAnswer(1, -32602, 'INVALID_PARAMS', message))
  }
})

test('a handler learns by its own clock when the time is over, and what the request belongs to', async t => {
  const calls: Call[] = []
  const { dispatcher } = setUp(handlersWith({ ping: (_params, call) => { calls.push(call); return samples.ping.result } }))
  const arrivedMs = performance.now()
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  for (const context of [{ timeoutMs: 60_000, traceId }, {}, undefined]) {
    await dispatcher.dispatch({ id: 1, method: 'ping', params: {}, context }, arrivedMs)
  }
  const without = { expiresMs: Infinity, traceId: undefined }
  t.strictSame(calls, [{ expiresMs: arrivedMs + 60_000, traceId }, without, without])
})

test('a request whose time is over before its turn is not begun, whatever its method', async t => {
  const { dispatcher, sent } = setUp({} as EnclaveHandlers)
  for (const [method, { params }] of Object.entries(samples)) {
    await dispatcher.dispatch({ id: 5, method, params, context: { timeoutMs: 7 } }, performance.now() - 7)
    t.strictSame(sent.pop(), errorAnswer(5, -32000, 'DEADLINE_EXCEEDED', `the time for ${method} was over before it began`))
  }
})

test('what a handler throws as an EnclaveError crosses by its code, at once or later', async t => {
  const error = new EnclaveError('KEY_NOT_LOADED', 'treasury-1 is not loaded', { cause: new Error('inner') })
  for (const sign of [() => { throw error }, async () => { throw error }]) {
    const { dispatcher, sent, reported } = setUp(handlersWith({ sign }))
    await dispatcher.dispatch({ id: 2, method: 'sign', params: samples.sign.params })
    t.strictSame(sent, [errorAnswer(2, -32000, 'KEY_NOT_LOADED', 'treasury-1 is not loaded')])
    t.strictSame(reported, [])
  }
})

test('anything else a handler throws crosses as INTERNAL without detail, and is reported inside', async t => {
  const faults = [new Error('secret'), new TypeError('secret'), new SchemaError('secret'), new ProtocolError('INVALID_BASE64', 'secret'), 'secret', undefined]
  for (const fault of faults) {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- a handler may throw anything
    for (const sign of [() => { throw fault }, async () => { throw fault }]) {
      const { dispatcher, sent, reported } = setUp(handlersWith({ sign }))
      await dispatcher.dispatch({ id: 2, method: 'sign', params: samples.sign.params })
      t.strictSame(sent, [errorAnswer(2, -32603, 'INTERNAL', 'sign failed')])
      t.strictSame(reported, [['sign', fault]])
    }
  }
})

test('a result of another shape is not sent and is reported by its place', async t => {
  const wrong = { signature: 'AAAA', recoveryId: 2 } as never
  for (const sign of [() => wrong, async () => wrong]) {
    const { dispatcher, sent, reported } = setUp(handlersWith({ sign }))
    await dispatcher.dispatch({ id: 2, method: 'sign', params: samples.sign.params })
    t.strictSame(sent, [errorAnswer(2, -32603, 'INTERNAL', 'sign has no answer that can be sent')])
    t.match(reported, [['sign', { name: 'SchemaError', message: 'result.recoveryId is not one of 0, 1' }]])
  }
})

test('a line of the log with a text of somebody\'s choice never leaves the enclave', async t => {
  const lines = [{ at: 1, level: 'info', event: 'enclave.listening', message: 'the key is hush' }] as never
  const { dispatcher, sent, reported } = setUp(handlersWith({ readLog: () => ({ lines, next: 1, dropped: 0 }) }))
  await dispatcher.dispatch({ id: 2, method: 'readLog', params: { after: 0 } })
  t.strictSame(sent, [errorAnswer(2, -32603, 'INTERNAL', 'readLog has no answer that can be sent')])
  t.match(reported, [['readLog', { message: 'result.lines[] has a member that is not known' }]])
})

test('an answer too big to send is INTERNAL and is reported', async t => {
  const tooBig = new ProtocolError('FRAME_TOO_LARGE', 'too big')
  const { dispatcher, sent, reported } = setUp(handlersWith(), { refuse: tooBig })
  await dispatcher.dispatch({ id: 2, method: 'ping', params: {} })
  t.strictSame(sent, [errorAnswer(2, -32603, 'INTERNAL', 'ping has no answer that can be sent')])
  t.strictSame(reported, [['ping', tooBig]])
})

test('a fault of whoever is told of faults changes nothing', async t => {
  for (const ping of [() => { throw new Error('first') }, async () => { throw new Error('first') }]) {
    const sent: unknown[] = []
    const dispatcher = new Dispatcher(handlersWith({ ping }), {
      send: payload => sent.push(JSON.parse(payload)),
      onInternalError: () => { throw new Error('second') },
    })
    await dispatcher.dispatch({ id: 2, method: 'ping', params: {} })
    t.strictSame(sent, [errorAnswer(2, -32603, 'INTERNAL', 'ping failed')])
  }
})

interface SetUp { dispatcher: Dispatcher, sent: Message[], reported: unknown[] }

function setUp (handlers: EnclaveHandlers, { refuse }: { refuse?: Error } = {}): SetUp {
  const sent: Message[] = []
  const reported: unknown[] = []
  const dispatcher = new Dispatcher(handlers, {
    send: payload => {
      const message = JSON.parse(payload) as Message
      if (refuse !== undefined && message.error === undefined) throw refuse
      sent.push(message)
    },
    onInternalError: (method, error) => { reported.push([method, error]) },
  })
  return { dispatcher, sent, reported }
}

function errorAnswer (id: number, number: number, code: string, message: string): Message {
  return { jsonrpc: '2.0', id, error: { code: number, message, data: { code } } }
}
