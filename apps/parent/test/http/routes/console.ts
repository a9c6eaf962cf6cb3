import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import type { ConsoleLine } from '../../../src/console/console-line.ts'
import type { LineStreamsBounds } from '../../../src/console/line-streams.ts'
import { createService, get } from '../../fixtures/service.ts'
import type { Service } from '../../fixtures/service.ts'

const quiet = { clients: 8, heartbeatMs: 1_000_000 }

function consoleLine (line: string, enclave = 'enclave-signer-0'): ConsoleLine {
  return { enclave, source: 'console', at: '2026-01-02T03:04:05.678Z', line }
}

interface Listening extends Service {
  url: string
  socket: () => Promise<Socket>
}

async function listening (t: Test, bounds: Partial<LineStreamsBounds> = quiet): Promise<Listening> {
  const service = await createService(t, { bounds })
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const socket = async (): Promise<Socket> => {
    const opened = connect(Number(new URL(address).port), '127.0.0.1').on('error', () => undefined)
    t.teardown(() => { opened.destroy() })
    await once(opened, 'connect')
    return opened
  }
  return { ...service, url: `${address}/enclave/console`, socket }
}

interface Reader {
  status: number
  headers: Headers
  /** The text so far, once it has the given one. */
  until: (text: string) => Promise<string>
  /** The same for much text: what came before the given one is forgotten. */
  skipTo: (text: string) => Promise<void>
  /** The whole text, once the stream has ended. */
  rest: () => Promise<string>
  stop: () => void
}

async function read (t: Test, url: string, headers: Record<string, string> = {}): Promise<Reader> {
  const controller = new AbortController()
  t.teardown(() => { controller.abort() })
  const response = await fetch(url, { headers, signal: controller.signal })
  const chunks = (response.body ?? new ReadableStream<Uint8Array<ArrayBuffer>>()).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.read()
    text += value ?? ''
    return !done
  }
  return {
    status: response.status,
    headers: response.headers,
    until: async wanted => {
      while (!text.includes(wanted) && await more());
      return text
    },
    skipTo: async wanted => {
      while (!text.includes(wanted) && await more()) text = text.slice(-100_000)
    },
    rest: async () => {
      while (await more());
      return text
    },
    stop: () => { controller.abort() },
  }
}

/** The numbers and lines of the events in a text. */
function eventsIn (text: string): [number, string][] {
  return [...text.matchAll(/^id: (\d+)\ndata: (.*)\n\n/gm)].map(([, id, data]) => [Number(id), (JSON.parse(data ?? '') as { line: string }).line])
}

test('first the lines that are kept, then each as it comes, as server-sent events with JSON', async t => {
  const { url, lines } = await listening(t)
  lines.add({ enclave: 'enclave-signer-0', source: 'log', at: '2026-01-02T03:04:05.678Z', level: 'info', event: 'key.loaded', keyId: 'k' })
  lines.add(consoleLine('kept'))
  const { status, headers, until } = await read(t, url)
  t.equal(status, 200)
  t.match(headers.get('content-type'), /^text\/event-stream/)
  t.match([headers.get('cache-control'), headers.get('x-request-id')], ['no-store', /./])
  await until('"kept"')
  lines.add(consoleLine('live'))
  t.equal(await until('"live"'), [
    ': lines of the enclaves',
    'id: 1\ndata: {"enclave":"enclave-signer-0","source":"log","at":"2026-01-02T03:04:05.678Z","level":"info","event":"key.loaded","keyId":"k"}',
    'id: 2\ndata: {"enclave":"enclave-signer-0","source":"console","at":"2026-01-02T03:04:05.678Z","line":"kept"}',
    'id: 3\ndata: {"enclave":"enclave-signer-0","source":"console","at":"2026-01-02T03:04:05.678Z","line":"live"}',
  ].map(text => `${text}\n\n`).join(''))
})

test('a client without any line to read gets its answer at once', async t => {
  const { url } = await listening(t)
  t.equal((await read(t, url)).status, 200)
})

test('Last-Event-ID resumes: no line is missed and none comes twice', async t => {
  const { url, lines } = await listening(t)
  for (let number = 1; number <= 5; number++) lines.add(consoleLine(`line ${number}`))
  const first = await read(t, url)
  await first.until('line 5')
  first.stop()
  lines.add(consoleLine('line 6'))
  const second = await read(t, url, { 'last-event-id': '5' })
  t.same(eventsIn(await second.until('line 6')), [[6, 'line 6']])
})

test('who was away too long is told, and one whose number was never given begins anew', async t => {
  const { url, lines } = await listening(t)
  for (let number = 1; number <= 150; number++) lines.add(consoleLine(`line ${number}.`))
  const late = await (await read(t, url, { 'last-event-id': '10' })).until('line 150.')
  t.match(late, /^: lines of the enclaves\n\n: lines between are no longer kept\n\nid: 51\n/)
  t.equal(eventsIn(late).length, 100)
  for (const id of ['9999', 'nonsense', '-1']) {
    const text = await (await read(t, url, { 'last-event-id': id })).until('line 150.')
    t.same([eventsIn(text).length, text.includes('no longer kept')], [100, false], id)
  }
})

test('only the lines of one enclave, where that is asked for', async t => {
  const { url, lines } = await listening(t)
  for (const enclave of ['a-0', 'a-1', 'a-0']) lines.add(consoleLine(`of ${enclave}`, enclave))
  const { until } = await read(t, `${url}?enclave=a-1`)
  await until('of a-1')
  lines.add(consoleLine('live', 'a-0'))
  lines.add(consoleLine('last', 'a-1'))
  t.same(eventsIn(await until('last')), [[2, 'of a-1'], [5, 'last']])
})

test('parameters that are none are refused', async t => {
  const { app } = await createService(t)
  for (const query of ['enclave=', 'enclave=a%20b', 'enclaves=a']) {
    t.match(await get(app, `/enclave/console?${query}`), { status: 400, body: { code: 'INVALID_REQUEST_FIELD' } })
  }
  const { statusCode, headers } = await app.inject({ method: 'HEAD', url: '/enclave/console' })
  t.same([statusCode, headers.allow], [405, 'GET'])
})

test('a silent stream has signs of life', async t => {
  const { url } = await listening(t, { clients: 8, heartbeatMs: 10 })
  const { until } = await read(t, url)
  t.match(await until(': still here\n\n: still here\n\n'), /^: lines of the enclaves\n\n(?:: still here\n\n)+$/)
})

test('one client too many is refused until another one goes', async t => {
  const { url, app } = await listening(t, { ...quiet, clients: 2 })
  const readers = [await read(t, url), await read(t, url)]
  t.match(await get(app, '/enclave/console'), {
    status: 503, body: { code: 'OVERLOADED', detail: /^The console has 2 readers/ }, headers: { 'retry-after': '1' },
  })
  readers[0]?.stop()
  for (;;) {
    await sleep(10)
    const next = await read(t, url)
    if (next.status === 200) break
    next.stop()
  }
})

test('a stream ends after its time, and goes on for who comes back and still may', async t => {
  const { url, lines } = await listening(t, { ...quiet, lifetimeMs: 100 })
  lines.add(consoleLine('before'))
  const first = await read(t, url)
  t.same(eventsIn(await first.rest()), [[1, 'before']])
  lines.add(consoleLine('after'))
  t.same(eventsIn(await (await read(t, url, { 'last-event-id': '1' })).until('after')), [[2, 'after']])
})

/** Asks and never reads. */
async function askAndLetWait (socket: Socket): Promise<void> {
  socket.write('GET /enclave/console HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'readable')
  socket.pause()
}

test('a client that never reads is cut off when its lines are gone, and nobody else waits for it', async t => {
  const { url, lines, socket } = await listening(t)
  const hostile = await socket()
  await askAndLetWait(hostile)
  const { skipTo } = await read(t, url)
  const long = 'x'.repeat(50_000)
  for (let number = 1; number <= 300; number++) {
    lines.add(consoleLine(`${long} ${number}.`))
    await skipTo(` ${number}.`)
  }
  let text = ''
  hostile.resume().on('data', (chunk: Buffer) => { text += chunk.toString() })
  await once(hostile, 'close')
  t.notMatch(text, ' 300.')
})

test('a client that takes nothing from one sign of life to the next is cut off', async t => {
  const { lines, socket } = await listening(t, { clients: 8, heartbeatMs: 20 })
  const hostile = await socket()
  await askAndLetWait(hostile)
  const closed = once(hostile, 'close')
  // No more than are kept, so that it is not for lost lines.
  for (let number = 1; number <= 100; number++) lines.add(consoleLine('x'.repeat(100_000)))
  await sleep(200)
  hostile.resume()
  let bytes = 0
  hostile.on('data', (chunk: Buffer) => { bytes += chunk.length })
  await closed
  t.ok(bytes < 100 * 100_000, `${bytes} bytes of ten million`)
})

test('a stop ends the streams at once, and one that does not read holds it up no longer than a moment', async t => {
  const { url, lines, socket, app } = await listening(t)
  const hostile = await socket()
  await askAndLetWait(hostile)
  const reader = await read(t, url)
  for (let number = 1; number <= 100; number++) lines.add(consoleLine(`${number} ${'x'.repeat(100_000)}`))
  await reader.until('"100 x')
  await app.close()
  t.match(await reader.rest(), /"100 x/)
  t.equal((await fetch(url).catch((error: unknown) => error)) instanceof Error, true)
})

test('the stream stands in the OpenAPI document', async t => {
  const { app } = await createService(t)
  const { body } = await get(app, '/openapi.json')
  const { responses, parameters } = (body.paths as Record<string, Record<string, { responses: Record<string, { content: object }>, parameters: object[] }>>)['/enclave/console']?.get ?? {}
  t.same(Object.keys(responses?.['200']?.content ?? {}), ['text/event-stream'])
  t.match(parameters, [{ in: 'query', name: 'enclave' }, { in: 'header', name: 'last-event-id' }])
  t.match(responses?.['503'], { description: /OVERLOADED/ })
})
