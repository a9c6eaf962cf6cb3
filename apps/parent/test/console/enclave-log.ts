import { EnclaveError, ProtocolError } from '@enclave-signer/protocol'
import type { LogLine, Result } from '@enclave-signer/protocol'
import { test } from 'tap'

import type { ConsoleLine } from '../../src/console/console-line.ts'
import { EnclaveLog } from '../../src/console/enclave-log.ts'
import { createLogger } from '../../src/logger.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'

const at = Date.parse('2026-01-02T03:04:05.678Z')

function lineOf (count: number): LogLine {
  return { at, level: 'info', event: 'connection.opened', count }
}

/** An enclave whose log has `count` lines, each with its number, of which the first `lost` had to make room. */
function logOf (count: number, lost = 0): (params: { after: number }) => Result<'readLog'> {
  return ({ after }) => {
    if (after > count) throw new EnclaveError('INVALID_PARAMS', 'ahead')
    const first = Math.max(after, lost)
    const lines = Array.from({ length: Math.min(200, count - first) }, (_, index) => lineOf(first + index + 1))
    return { lines, next: first + lines.length, dropped: first - after }
  }
}

interface Arrangement {
  enclave: FakeEnclave
  log: EnclaveLog
  added: ConsoleLine[]
  logged: Record<string, unknown>[]
  asked: () => number[]
}

function arrange (): Arrangement {
  const added: ConsoleLine[] = []
  const logged: Record<string, unknown>[] = []
  const logger = createLogger('debug', { write: line => { logged.push(JSON.parse(line) as Record<string, unknown>) } })
  const enclave = new FakeEnclave()
  const log = new EnclaveLog({ enclave: 'enclave-signer-0', log: logger.child({ part: 'enclave' }), add: line => { added.push(line) } })
  return { enclave, log, added, logged, asked: () => enclave.calls.map(({ params }) => (params as { after: number }).after) }
}

test('a line of the enclave is a line of the service, with its level, the enclave\'s name and the enclave\'s time', async t => {
  const { enclave, log, added, logged } = arrange()
  const lines: LogLine[] = [
    { at, level: 'info', event: 'key.loaded', keyId: 'k', keySpec: 'RSA_2048' },
    { at, level: 'warn', event: 'kms.failed', operation: 'Decrypt', code: 'KMS_ACCESS_DENIED' },
    { at, level: 'error', event: 'request.failed', method: 'sign', code: 'INTERNAL' },
  ]
  enclave.overrides.readLog = () => ({ lines, next: 3, dropped: 0 })
  await log.read(enclave)
  t.match(logged, [
    { level: 'info', part: 'enclave', enclave: 'enclave-signer-0', event: 'key.loaded', keyId: 'k', keySpec: 'RSA_2048', enclaveTime: '2026-01-02T03:04:05.678Z', msg: 'enclave says' },
    { level: 'warn', event: 'kms.failed', operation: 'Decrypt', code: 'KMS_ACCESS_DENIED' },
    { level: 'error', event: 'request.failed', method: 'sign', code: 'INTERNAL' },
  ])
  t.same(added[0], { enclave: 'enclave-signer-0', source: 'log', at: '2026-01-02T03:04:05.678Z', level: 'info', event: 'key.loaded', keyId: 'k', keySpec: 'RSA_2048' })
  t.equal(added.length, 3)
})

test('each reading goes on where the last one ended, and again at once while answers are full', async t => {
  const { enclave, log, added, asked } = arrange()
  enclave.overrides.readLog = logOf(450)
  await log.read(enclave)
  t.same(asked(), [0, 200, 400])
  enclave.overrides.readLog = logOf(451)
  await log.read(enclave)
  t.same(asked(), [0, 200, 400, 450])
  t.same(added.map(line => 'count' in line ? line.count : 0), Array.from({ length: 451 }, (_, index) => index + 1))
})

test('lines that had to make room are told by their number', async t => {
  const { enclave, log, added, logged } = arrange()
  enclave.overrides.readLog = logOf(1005, 5)
  await log.read(enclave)
  t.match(logged[0], { level: 'warn', dropped: 5, msg: 'lines of the enclave were lost' })
  t.equal(added.length, 1000)
})

test('an enclave that never runs out of lines is asked five times, not for ever', async t => {
  const { enclave, log, asked } = arrange()
  enclave.overrides.readLog = logOf(1_000_000)
  await log.read(enclave)
  t.equal(asked().length, 5)
})

test('one reading is under way at a time', async t => {
  const { enclave, log, asked } = arrange()
  const answer = Promise.withResolvers<Result<'readLog'>>()
  enclave.overrides.readLog = () => answer.promise
  const reading = log.read(enclave)
  await log.read(enclave)
  answer.resolve({ lines: [], next: 0, dropped: 0 })
  await reading
  t.same(asked(), [0])
})

test('another enclave is read from its beginning, and a late answer of the one before changes nothing of that', async t => {
  const { enclave, log, asked } = arrange()
  enclave.overrides.readLog = logOf(3)
  await log.read(enclave)
  const late = Promise.withResolvers<Result<'readLog'>>()
  enclave.overrides.readLog = () => late.promise
  const reading = log.read(enclave)
  log.forget()
  late.resolve({ lines: [lineOf(4)], next: 4, dropped: 0 })
  await reading
  enclave.overrides.readLog = logOf(2)
  await log.read(enclave)
  t.same(asked(), [0, 3, 0])
})

test('an enclave whose log is shorter than what was read of it is read from its beginning', async t => {
  const { enclave, log, asked, added } = arrange()
  enclave.overrides.readLog = logOf(3)
  await log.read(enclave)
  enclave.overrides.readLog = logOf(2)
  await log.read(enclave)
  await log.read(enclave)
  t.same(asked(), [0, 3, 0])
  t.equal(added.length, 5)
})

test('an answer that is refused costs one line, however often it comes, and none of its lines is shown', async t => {
  const { enclave, log, added, logged } = arrange()
  enclave.overrides.readLog = () => { throw new ProtocolError('INVALID_ANSWER', 'the answer to readLog has another shape') }
  for (let count = 0; count < 100; count++) await log.read(enclave)
  t.match(logged, [{ level: 'warn', enclave: 'enclave-signer-0', reason: 'the answer to readLog has another shape' }])
  enclave.overrides.readLog = logOf(1)
  await log.read(enclave)
  t.equal(added.length, 1)
  enclave.overrides.readLog = () => { throw new ProtocolError('DEADLINE_EXCEEDED', 'no answer') }
  await log.read(enclave)
  t.equal(logged.length, 3, 'told again after it was mended')
})

test('numbers that do not add up are refused, so that no enclave can show a line twice', async t => {
  const { enclave, log, added, logged } = arrange()
  for (const [next, dropped] of [[0, 0], [5, 0], [2, 2], [Number.MAX_SAFE_INTEGER, 0]] as const) {
    enclave.overrides.readLog = () => ({ lines: [lineOf(1)], next, dropped })
    await log.read(enclave)
  }
  t.equal(added.length, 0)
  t.match(logged[0], { reason: 'the numbers do not add up: 1 lines from 0 to 0, 0 dropped' })
})
