import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { execa } from 'execa'
import { test } from 'tap'
import type { Test } from 'tap'

import { processesWithVariable } from '../../src/process-table.ts'
import { endOrphanedRelays, endOwnRelay, relayMark, relayOwner, relayVariable } from '../../src/relay/relay-processes.ts'

const command = `socat tcp-listen:1 ${import.meta.filename}`

function start (t: Test, mark: string): { pid: number, ended: Promise<unknown> } {
  const child = execa(process.execPath, [join(import.meta.dirname, '../fixtures/idle.mjs')], { reject: false, env: { [relayVariable]: mark } })
  t.teardown(() => child.kill('SIGKILL'))
  return { pid: child.pid ?? 0, ended: child }
}

/** Waits until the processes run what they were started for. */
async function seen (...started: { pid: number }[]): Promise<void> {
  for (;;) {
    const pids = (await processesWithVariable(relayVariable)).map(({ pid }) => pid)
    if (started.every(({ pid }) => pids.includes(pid))) return
    await sleep(5)
  }
}

test('only relays of this very command line whose parent is gone are orphans', async t => {
  const mine = start(t, relayMark(await relayOwner(), command))
  const orphan = start(t, relayMark('999999999/1', command))
  const another = start(t, relayMark('999999999/1', `${command} more`))
  // The same pid as a living process, but started at another time: that parent is gone.
  const reused = start(t, relayMark(`${process.pid}/1`, command))
  await seen(mine, orphan, another, reused)
  t.same((await endOrphanedRelays(command)).sort(), [orphan.pid, reused.pid].sort())
  await orphan.ended
  await reused.ended
  t.equal(process.kill(mine.pid, 0), true)
  t.equal(process.kill(another.pid, 0), true)
})

test('what this process started by a command line is ended with everything it forked', async t => {
  const mark = relayMark(await relayOwner(), command)
  const first = start(t, mark)
  const second = start(t, mark)
  const another = start(t, relayMark(await relayOwner(), 'vsock-proxy'))
  await seen(first, second, another)
  await endOwnRelay(mark)
  await Promise.all([first.ended, second.ended])
  t.equal(process.kill(another.pid, 0), true)
})
