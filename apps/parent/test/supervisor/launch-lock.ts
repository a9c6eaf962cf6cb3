import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { execa } from 'execa'
import { test } from 'tap'
import type { Test } from 'tap'

import { takeLaunchLock } from '../../src/supervisor/launch-lock.ts'
import type { LaunchLock, LaunchLockOptions } from '../../src/supervisor/launch-lock.ts'

interface Told { waits: string[], unusable: string[] }

function lockOptions (path: string, holder: string, change: Partial<LaunchLockOptions> = {}): LaunchLockOptions & Told {
  const waits: string[] = []
  const unusable: string[] = []
  return {
    path,
    holder,
    waits,
    unusable,
    signal: new AbortController().signal,
    onWait: reason => { waits.push(reason) },
    onUnusable: reason => { unusable.push(reason) },
    ...change,
  }
}

/** Lets go of a lock at the end of the test. */
function held (t: Test, lock: LaunchLock): void {
  t.teardown(() => lock[Symbol.asyncDispose]())
}

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'es-lock-')), 'lock')

test('the lock is held by one at a time, who waits is told for whom, and gets it at the release', async t => {
  const path = newPath()
  const first = await takeLaunchLock(lockOptions(path, 'signer-0'))
  const waiting = lockOptions(path, 'signer-b-0')
  const told = Promise.withResolvers<string>()
  let taken = false
  const second = takeLaunchLock({ ...waiting, onWait: told.resolve }).then(lock => {
    taken = true
    return lock
  })
  t.equal(await told.promise, 'signer-0 is booting an enclave on this host: one at a time')
  t.equal(taken, false)
  await first[Symbol.asyncDispose]()
  await (await second)[Symbol.asyncDispose]()
  t.same(readdirSync(dirname(path)), [], 'nothing is left behind')
})

const holderProgram = `
import { takeLaunchLock } from '${join(import.meta.dirname, '../../src/supervisor/launch-lock.ts')}'
await takeLaunchLock({ path: process.argv[1], holder: 'victim', signal: new AbortController().signal, onWait () {}, onUnusable () {} })
console.log('held')
setInterval(() => {}, 1000)
`

/** Another parent that holds the lock. */
async function startHolder (path: string): Promise<{ kill: () => Promise<void> }> {
  const holder = execa(process.execPath, ['--input-type=module', '--eval', holderProgram, path], { reject: false })
  await once(holder.stdout, 'data')
  return {
    kill: async () => {
      holder.kill('SIGKILL')
      await holder
    },
  }
}

test('the lock of a parent that was killed is taken over at once', async t => {
  const path = newPath()
  const holder = await startHolder(path)
  const options = lockOptions(path, 'signer-0')
  const told = Promise.withResolvers<string>()
  const waiting = takeLaunchLock({ ...options, onWait: told.resolve })
  t.match(await told.promise, /^victim is booting/)
  await holder.kill()
  held(t, await waiting)
  t.same(options.unusable, [])
  t.same(readdirSync(dirname(path)), ['lock'])
})

test('many who find the same dead lock take it one after the other', async t => {
  const path = newPath()
  await (await startHolder(path)).kill()
  let holding = 0
  let most = 0
  await Promise.all(Array.from({ length: 6 }, async (_, index) => {
    const lock = await takeLaunchLock(lockOptions(path, `signer-${index}`))
    most = Math.max(most, ++holding)
    await new Promise(resolve => setImmediate(resolve))
    holding--
    await lock[Symbol.asyncDispose]()
  }))
  t.equal(most, 1)
  t.equal(existsSync(path), false)
})

test('a holder that says nothing is frozen: its lock is taken', async t => {
  const path = newPath()
  const frozen = createServer().listen(path)
  await once(frozen, 'listening')
  const options = lockOptions(path, 'signer-0', { greetingMs: 20 })
  held(t, await takeLaunchLock(options))
  t.same([options.waits, options.unusable], [[], []])
  frozen.close()
})

test('a stop ends the wait', async t => {
  const path = newPath()
  held(t, await takeLaunchLock(lockOptions(path, 'signer-0')))
  const controller = new AbortController()
  const waiting = takeLaunchLock(lockOptions(path, 'signer-b-0', { signal: controller.signal, onWait: () => { controller.abort(new Error('SIGTERM')) } }))
  await t.rejects(waiting, { message: 'SIGTERM' })
  t.same(readdirSync(dirname(path)), ['lock'])
})

test('after the longest wait, and where the lock cannot be used, the launch goes on without it', async t => {
  const path = newPath()
  held(t, await takeLaunchLock(lockOptions(path, 'signer-0')))
  const late = lockOptions(path, 'signer-b-0', { mostWaitMs: 20 })
  held(t, await takeLaunchLock(late))
  t.match(late.unusable, [/not to be had within 20 ms/])
  const nowhere = lockOptions('/nowhere/at/all/lock', 'signer-0')
  held(t, await takeLaunchLock(nowhere))
  t.match(nowhere.unusable, [/ENOENT|EACCES/])
})

test('a file that is no socket is a dead lock', async t => {
  const path = newPath()
  writeFileSync(path, '')
  const options = lockOptions(path, 'signer-0')
  held(t, await takeLaunchLock(options))
  t.same(options.unusable, [])
})
