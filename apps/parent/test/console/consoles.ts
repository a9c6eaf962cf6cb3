import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { createConsoles } from '../../src/console/consoles.ts'
import type { EnclaveConsole } from '../../src/console/consoles.ts'
import { createLogger } from '../../src/logger.ts'
import { consoleProgram } from '../fixtures/console.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'

interface Arrangement {
  console: EnclaveConsole
  logged: Record<string, unknown>[]
  calls: () => { pid: number, args: string[] }[]
  called: (count: number) => Promise<void>
}

function arrange (t: Test, debugMode: boolean): Arrangement {
  const logged: Record<string, unknown>[] = []
  const log = createLogger('debug', { write: line => { logged.push(JSON.parse(line) as Record<string, unknown>) } })
  const { path, calls } = consoleProgram(t, { stdout: 'hello\n' })
  const console = createConsoles({ log, now: Date.now, debugMode, nitroCli: path }).of('enclave-signer-0')
  t.teardown(() => { console.runs(undefined) })
  return { console, logged, calls, called: async count => { while (calls().length < count) await sleep(10) } }
}

function isGone (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

test('in debug mode the console is followed, from one enclave to the one that replaces it, and ends with the last', async t => {
  const { console, calls, called } = arrange(t, true)
  console.runs('i-1-enc1')
  await called(1)
  console.runs('i-1-enc1')
  await sleep(100)
  t.notOk(isGone(calls()[0]?.pid ?? 0), 'the same enclave again changes nothing')
  console.runs(undefined)
  console.runs('i-1-enc2')
  await called(2)
  t.same(calls().map(({ args }) => args.at(-1)), ['i-1-enc1', 'i-1-enc2'])
  const [first, second] = calls().map(({ pid }) => pid)
  while (!isGone(first ?? 0)) await sleep(10)
  t.notOk(isGone(second ?? 0))
  console.runs(undefined)
  while (!isGone(second ?? 0)) await sleep(10)
})

test('what an enclave said last is known while its failure is judged, and until the next one runs', async t => {
  const { console, called } = arrange(t, true)
  t.equal(console.lastWords, undefined)
  console.runs('i-1-enc1')
  await called(1)
  while (console.lastWords === undefined) await sleep(10)
  t.equal(console.lastWords, 'hello')
  console.runs(undefined)
  t.equal(console.lastWords, 'hello')
  console.runs('i-1-enc2')
  t.equal(console.lastWords, undefined)
})

test('in production nobody asks nitro-cli for a console', async t => {
  const { console, calls, logged } = arrange(t, false)
  console.runs('i-1-enc1')
  await sleep(300)
  t.same(calls(), [])
  t.same(logged, [])
})

test('in both the enclave\'s own log is read, and from its beginning when it is another enclave', async t => {
  for (const debugMode of [true, false]) {
    const { console } = arrange(t, debugMode)
    const enclave = new FakeEnclave()
    enclave.overrides.readLog = ({ after }) => ({ lines: [{ at: 1, level: 'info', event: 'enclave.listening' }], next: after + 1, dropped: 0 })
    const read = async (): Promise<void> => {
      const { length } = enclave.calls
      console.read(enclave)
      while (enclave.calls.length === length) await sleep(1)
      await sleep(1)
    }
    console.runs('i-1-enc1')
    await read()
    await read()
    console.runs(undefined)
    console.runs('i-1-enc2')
    await read()
    t.same(enclave.calls.map(({ params }) => params), [{ after: 0 }, { after: 1 }, { after: 0 }])
  }
})
