import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { execa } from 'execa'
import { test } from 'tap'
import type { Test } from 'tap'

import { createEnclaveProcessMemory } from '../../src/supervisor/enclave-process.ts'

function sleeper (t: Test): { pid: number, ended: Promise<unknown> } {
  const child = execa('sleep', ['60'], { reject: false })
  t.teardown(() => child.kill('SIGKILL'))
  return { pid: child.pid ?? 0, ended: child }
}

test('the process of an enclave is remembered over restarts of the parent, and ended where nothing else ends it', async t => {
  const path = join(t.testdir(), 'enclaves', 'signer-0.json')
  const { pid, ended } = sleeper(t)
  await createEnclaveProcessMemory(path).remember({ enclaveId: 'i-1-enc1', cid: 16, processId: pid })
  const later = createEnclaveProcessMemory(path)
  t.match(await later.recall(), { enclaveId: 'i-1-enc1', processId: pid, stopped: false })
  process.kill(pid, 'SIGSTOP')
  // A signal arrives when the process gets its turn.
  while ((await later.recall())?.stopped !== true) await setTimeout(5)
  t.equal(await later.kill(), true)
  await ended
  t.equal(await later.recall(), undefined)
  t.equal(await later.kill(), false)
})

test('a process that got the same number later is never taken for it', async t => {
  const path = join(t.testdir(), 'signer-0.json')
  const { pid } = sleeper(t)
  await createEnclaveProcessMemory(path).remember({ enclaveId: 'i-1-enc1', cid: 16, processId: pid })
  const remembered = JSON.parse(readFileSync(path, 'utf8')) as object
  for (const other of [{ startTime: '1' }, { bootId: 'another boot' }]) {
    writeFileSync(path, JSON.stringify({ ...remembered, ...other }))
    t.equal(await createEnclaveProcessMemory(path).kill(), false)
  }
  t.equal(process.kill(pid, 0), true, 'it lives')
})

test('a file that cannot be read is nothing remembered', async t => {
  const directory = t.testdir({ 'signer-0.json': 'x', 'other.json': '{}' })
  for (const name of ['signer-0.json', 'other.json', 'missing.json']) t.equal(await createEnclaveProcessMemory(join(directory, name)).recall(), undefined)
})

test('what is forgotten is not remembered', async t => {
  const path = join(t.testdir(), 'signer-0.json')
  const memory = createEnclaveProcessMemory(path)
  await memory.remember({ enclaveId: 'i', cid: 16, processId: process.pid })
  await memory.forget()
  t.equal(await memory.recall(), undefined)
  t.equal(await createEnclaveProcessMemory(path).recall(), undefined)
})
