import fc from 'fast-check'
import { test } from 'tap'

import { encodeFrame } from '../src/frame.ts'
import { maxFrameBytes, maxLogLines } from '../src/limits.ts'
import { checkLogLine, logEvents, logLevels } from '../src/log-line.ts'
import type { LogLine } from '../src/log-line.ts'
import { encodeResult } from '../src/message.ts'
import { SchemaError } from '../src/schema.ts'

const at = 1767326645678
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const longestKeyId = 'k'.repeat(128)

/** A line of every event, each as long as it can be. */
const lines: readonly LogLine[] = [
  { at, level: 'info', event: 'boot.step', step: 'run-directory' },
  { at, level: 'warn', event: 'boot.unprivileged', step: 'randomness' },
  { at, level: 'error', event: 'setting.refused', setting: 'LIMIT_REQUESTS_IN_FLIGHT', fault: 'other-partition' },
  { at, level: 'info', event: 'nsm.described', moduleId: 'm'.repeat(64), nsmVersion: '65535.65535.65535', pcr0: '0f'.repeat(48), mode: 'production' },
  { at, level: 'warn', event: 'clock.set', offsetMs: -8.64e15 },
  { at, level: 'info', event: 'bridge.started', bridge: 'parent' },
  { at, level: 'warn', event: 'bridge.ended', bridge: 'kms', exitCode: 137 },
  { at, level: 'info', event: 'enclave.booted', version: '0.1.0' },
  { at, level: 'info', event: 'enclave.listening' },
  { at, level: 'info', event: 'enclave.stopping', signal: 'SIGTERM' },
  { at, level: 'info', event: 'enclave.stopped' },
  { at, level: 'error', event: 'enclave.failed', step: 'run-directory', code: 'RUN_DIRECTORY_UNSAFE' },
  { at, level: 'info', event: 'credentials.set', expiresAt: at },
  { at, level: 'warn', event: 'credentials.refused', code: 'CREDENTIALS_INVALID' },
  { at, level: 'info', event: 'key.loaded', keyId: longestKeyId, keySpec: 'ECC_NIST_EDWARDS25519' },
  { at, level: 'info', event: 'key.generated', keyId: longestKeyId, keySpec: 'RSA_4096' },
  { at, level: 'info', event: 'key.erased', keyId: longestKeyId },
  { at, level: 'warn', event: 'key.refused', method: 'generateKey', keyId: longestKeyId, code: 'KMS_CREDENTIALS_REJECTED' },
  { at, level: 'warn', event: 'kms.failed', operation: 'GenerateDataKey', code: 'KMS_UNREACHABLE' },
  { at, level: 'warn', event: 'kms.clock-corrected', offsetMs: -8.64e15 },
  { at, level: 'error', event: 'attestation.failed', code: 'NSM_FAILED' },
  { at, level: 'info', event: 'connection.opened', count: 0 },
  { at, level: 'info', event: 'connection.closed', count: 64 },
  { at, level: 'warn', event: 'connection.dropped', count: 64 },
  { at, level: 'error', event: 'request.failed', method: 'sign', code: 'INTERNAL' },
  { at, level: 'warn', event: 'log.suppressed', suppressed: 'connection.opened', count: Number.MAX_SAFE_INTEGER },
  { at, level: 'error', event: 'log.refused' },
]

test('every event has its line', async t => {
  t.same(lines.map(({ event }) => event), logEvents)
  for (const line of lines) t.doesNotThrow(() => { checkLogLine(line) }, line.event)
})

/** Those that can belong to a trace. */
const traced = lines.filter(line => {
  try {
    checkLogLine({ ...line, traceId })
    return true
  } catch {
    return false
  }
})

test('a line of a request says which trace it belongs to, others do not', async t => {
  t.same(traced.map(({ event }) => event), ['key.loaded', 'key.generated', 'key.refused', 'attestation.failed', 'request.failed'])
  for (const other of ['0'.repeat(32), traceId.toUpperCase(), traceId.slice(1), 'a text of somebody\'s choice!!!!!!', 7]) {
    t.throws(() => { checkLogLine({ ...traced[0], traceId: other }) }, { message: /^line\.traceId/ })
  }
})

test('a line has exactly the members of its event, and its level', async t => {
  for (const line of lines) {
    for (const name of Object.keys(line)) {
      const { [name as keyof LogLine]: _, ...without } = line
      t.throws(() => { checkLogLine(without) }, { name: 'SchemaError', message: name === 'event' ? /^line\.event is not one of/ : `line.${name} is missing` })
    }
    for (const other of lines.flatMap(one => Object.entries(one)).filter(([name]) => !Object.hasOwn(line, name))) {
      t.throws(() => { checkLogLine({ ...line, [other[0]]: other[1] }) }, { message: 'line has a member that is not known' }, `${line.event} with ${other[0]}`)
    }
    for (const level of logLevels.filter(one => one !== line.level)) {
      t.throws(() => { checkLogLine({ ...line, level }) }, { message: `line.level is not one of ${line.level}` })
    }
  }
})

/** What the programs' own versions and the NSM say: words without spaces, and hexadecimal. */
const patterned = ['version', 'nsmVersion', 'moduleId', 'pcr0']

test('no text of anybody\'s choice can stand in a line, but for a key\'s id', async t => {
  for (const line of lines) {
    for (const [name, value] of Object.entries(line).filter(([, one]) => typeof one === 'string')) {
      if (name === 'keyId') continue
      if (patterned.includes(name)) {
        t.throws(() => { checkLogLine({ ...line, [name]: 'two words' }) }, { message: new RegExp(`^line\\.${name} does not match`) })
        continue
      }
      t.throws(() => { checkLogLine({ ...line, [name]: 'hush' }) }, { name: 'SchemaError', message: new RegExp(`^line\\.${name} is not one of`) }, `${line.event} ${name} ${value}`)
    }
    t.throws(() => { checkLogLine({ ...line, message: 'hush' }) }, { message: 'line has a member that is not known' })
  }
  t.throws(() => { checkLogLine({ at, level: 'info', event: 'key.erased', keyId: 'two words' }) }, { message: /^line\.keyId does not match/ })
})

test('why an enclave failed is told by the codes it answers with, by those of its boot and by the system\'s names of errors', async t => {
  for (const code of ['NSM_FAILED', 'INTERNAL', 'CONFIG_INVALID', 'BRIDGE_KMS_ENDED', 'EACCES', 'ENOENT', 'EPERM']) {
    t.doesNotThrow(() => { checkLogLine({ at, level: 'error', event: 'enclave.failed', step: 'running', code }) }, code)
  }
  for (const code of ['ERR_HUSH', 'EHUSH', 'hush', 7]) {
    t.throws(() => { checkLogLine({ at, level: 'error', event: 'enclave.failed', step: 'running', code }) }, { message: /^line\.code is not one of/ })
  }
})

test('what is no line is refused, whatever it is', async t => {
  for (const value of [null, 'enclave.listening', [], {}, { event: 'toString' }, { event: '__proto__' }, Object.create({ event: 'log.refused' })]) {
    t.throws(() => { checkLogLine(value) }, { name: 'SchemaError' }, JSON.stringify(value))
  }
  fc.assert(fc.property(fc.anything({ withNullPrototype: true }), fc.constantFrom(...lines), (value, line) => {
    for (const candidate of [value, ...Object.keys(line).map(name => ({ ...line, [name]: value }))]) {
      try {
        checkLogLine(candidate)
      } catch (error) {
        if (!(error instanceof SchemaError)) throw error
      }
    }
  }), { numRuns: 200 })
})

test('an answer of as many lines as it can have, each as long as it can be, takes a quarter of a frame', async t => {
  const all = [...lines, ...traced.map(line => ({ ...line, traceId }))]
  const longest = all.reduce((one, other) => JSON.stringify(one).length > JSON.stringify(other).length ? one : other)
  const most = Number.MAX_SAFE_INTEGER
  const answer = encodeResult(most, { lines: Array(maxLogLines).fill({ ...longest, at: 8.64e15 }), next: most, dropped: most })
  t.ok(encodeFrame(answer).length < maxFrameBytes / 4, `${answer.length} characters`)
})
