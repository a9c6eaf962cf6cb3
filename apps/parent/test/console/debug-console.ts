import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import type { ConsoleLine } from '../../src/console/console-line.ts'
import { followConsole } from '../../src/console/debug-console.ts'
import { createLogger } from '../../src/logger.ts'
import { consoleProgram } from '../fixtures/console.ts'
import type { ConsolePart } from '../fixtures/console.ts'

const now = Date.parse('2026-01-02T03:04:05.678Z')

interface Arrangement {
  lines: ConsoleLine[]
  logged: Record<string, unknown>[]
  calls: () => { pid: number, args: string[] }[]
  follow: () => Promise<void>
  controller: AbortController
  seen: (count: number) => Promise<void>
}

function arrange (t: Test, ...parts: ConsolePart[]): Arrangement {
  const lines: ConsoleLine[] = []
  const logged: Record<string, unknown>[] = []
  const log = createLogger('debug', { write: line => { logged.push(JSON.parse(line) as Record<string, unknown>) } })
  const { path, calls } = consoleProgram(t, ...parts)
  const controller = new AbortController()
  const options = { enclave: 'enclave-signer-0', executable: path, log, add: (line: ConsoleLine) => { lines.push(line) }, now: () => now }
  return {
    lines,
    logged,
    calls,
    controller,
    follow: () => followConsole(options, 'i-1-enc2', controller.signal),
    seen: async count => { while (lines.length < count) await sleep(10) },
  }
}

test('the console is opened with the production command line and shown line by line until the enclave ends', async t => {
  const { lines, logged, calls, follow, controller, seen } = arrange(t, { stdout: 'Linux version 4.14\r\n\u001b[31mready\u001b[0m\n' })
  const following = follow()
  await seen(2)
  controller.abort()
  await following
  t.same(lines, ['Linux version 4.14', 'ready'].map(line => ({ enclave: 'enclave-signer-0', source: 'console', at: '2026-01-02T03:04:05.678Z', line })))
  t.match(logged, [
    { level: 'info', enclave: 'enclave-signer-0', line: 'Linux version 4.14', msg: 'enclave console' }, { line: 'ready' },
  ])
  t.same(calls().map(({ args }) => args.join(' ')), ['console --enclave-id i-1-enc2'])
  t.throws(() => process.kill(calls()[0]?.pid ?? 0, 0), { code: 'ESRCH' }, 'the program has ended too')
})

test('a console that disconnects is opened again, and the log says why it ended', async t => {
  const failing = { stderr: '[ E44 ] Enclave console connection failure. Such error appears when …\n', exitCode: 44 }
  const { lines, logged, follow, controller, seen } = arrange(t, failing, { stdout: 'half', exitCode: 0 }, { stdout: 'whole\n' })
  const following = follow()
  await seen(3)
  controller.abort()
  await following
  t.match(lines.map(line => 'line' in line ? line.line : ''), [/^\[ E44 \]/, 'half', 'whole'])
  t.match(logged.filter(({ msg }) => msg === 'console of the enclave ended'), [
    { level: 'warn', enclave: 'enclave-signer-0', enclaveId: 'i-1-enc2', reason: /exit code 44/, delayMs: Number }, { reason: 'nitro-cli console ended' },
  ])
})

test('a program that is missing is a reason in the log, and a stop ends the waiting', async t => {
  const logged: Record<string, unknown>[] = []
  const log = createLogger('debug', { write: line => { logged.push(JSON.parse(line) as Record<string, unknown>) } })
  const controller = new AbortController()
  const following = followConsole({ enclave: 'e', executable: '/nowhere/nitro-cli', log, add: () => undefined, now: () => now }, 'i', controller.signal)
  while (logged.length === 0) await sleep(10)
  controller.abort()
  await following
  t.match(logged, [{ reason: /ENOENT/ }])
})

test('bytes without a line end cost one bounded line', async t => {
  const { lines, follow, controller, seen } = arrange(t, { stdout: `${'\u00ff'.repeat(100_000)}${'x'.repeat(900_000)}\nnext\n` })
  const following = follow()
  await seen(2)
  controller.abort()
  await following
  t.same(lines.map(line => 'line' in line ? [typeof line.line, String(line.line).length] : []), [['string', 2001], ['string', 4]])
})
