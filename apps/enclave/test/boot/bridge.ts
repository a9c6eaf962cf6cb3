import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import type { Test } from 'tap'
import { keepBridge } from '../../src/boot/bridge.ts'
import type { BridgeOptions } from '../../src/boot/bridge.ts'
import type { LogEntry } from '../../src/log.ts'
import { childrenOf, connectWhenUp, fakeSocatFolder, isAlive, until, withSocat } from '../fixtures/boot.ts'
import { socketPathFor } from '../fixtures/socket-path.ts'

interface Kept {
  lines: LogEntry[]
  pids: number[]
  started: () => number
  stop: () => void
  ended: Promise<void>
}

function keep (t: Test, args: string[], change: Partial<BridgeOptions> = {}): Kept {
  const over = new AbortController()
  const lines: LogEntry[] = []
  const pids: number[] = []
  let started = 0
  const options: BridgeOptions = {
    name: 'kms',
    args,
    path: process.env.PATH,
    reaper: { spare: ({ pid }) => { if (pid !== undefined) pids.push(pid) } },
    log: entry => { lines.push(entry) },
    ...change,
  }
  const ended = keepBridge(options, () => { started++ }, over.signal)
  ended.catch(() => undefined)
  t.teardown(() => { over.abort() })
  return { lines, pids, started: () => started, stop: () => { over.abort() }, ended }
}

/** A server that answers with what it was told, in a folder with a socket that leads to it. */
async function arrange (t: Test): Promise<{ args: string[], exchange: () => Promise<string>, front: string }> {
  const back = socketPathFor(t)
  const front = `${back}-front`
  const server = createServer({ allowHalfOpen: true }, socket => { socket.pipe(socket) })
  server.listen(back)
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  return {
    front,
    args: [`UNIX-LISTEN:${front},fork,unlink-early`, `UNIX-CONNECT:${back}`],
    exchange: async () => {
      const socket = await connectWhenUp(front)
      socket.end('through the bridge')
      return await text(socket)
    },
  }
}

test('the real socat carries bytes, is started again when it dies, and goes with all it forked when it is stopped', withSocat, async t => {
  const { args, exchange, front } = await arrange(t)
  const { lines, pids, stop, ended, started } = keep(t, args)
  t.equal(await exchange(), 'through the bridge')
  const held = await connectWhenUp(front)
  held.setEncoding('utf8').write('before')
  await once(held, 'data')
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await until(() => started() === 2)
  t.same(lines.slice(0, 2), [{ level: 'info', event: 'bridge.started', bridge: 'kms' }, { level: 'warn', event: 'bridge.ended', bridge: 'kms', exitCode: 137 }])
  held.write('after')
  t.same(await once(held, 'data'), ['after'], 'a connection outlives the process that took it')
  held.destroy()
  t.equal(await exchange(), 'through the bridge')

  await connectWhenUp(front)
  await until(() => childrenOf(pids[1] ?? 0).length > 0)
  const forks = childrenOf(pids[1] ?? 0)
  stop()
  await ended
  await until(() => forks.every(({ pid }) => !isAlive(pid)))
  t.notOk(isAlive(pids[1] ?? 0))
  t.equal(lines.length, 3, 'an end that was asked for is no line')
})

test('a bridge that ends time and again is given up, with its name', async t => {
  const socket = socketPathFor(t)
  const { lines, ended, started } = keep(t, [`UNIX-CONNECT:${socket}`], { path: '/nonexistent' })
  await t.rejects(ended, { code: 'ENOENT' }, 'without socat it is given up at once')
  t.same([started(), lines], [0, []])

  for (const [name, code] of [['parent', 'BRIDGE_PARENT_ENDED'], ['kms', 'BRIDGE_KMS_ENDED']] as const) {
    const failing = keep(t, ['nonsense'], { name, path: fakeSocatFolder + ':' + (process.env.PATH ?? '') })
    await t.rejects(failing.ended, { code, message: `the bridge to ${name} ended 6 times in a minute` })
    t.equal(failing.lines.filter(({ event }) => event === 'bridge.ended').length, 6)
  }
})

test('ends that are more than a minute old are forgotten', async t => {
  let minutes = 0
  const { ended, stop, started } = keep(t, ['nonsense'], { clock: () => ++minutes * 61_000, path: fakeSocatFolder + ':' + (process.env.PATH ?? '') })
  await until(() => started() > 8)
  stop()
  await t.resolves(ended)
})

test('a bridge that does not want to end is killed', async t => {
  const path = t.testdir({ 'socat.sh': '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.05; done\n', socat: t.fixture('symlink', 'socat.sh') })
  chmodSync(join(path, 'socat.sh'), 0o755)
  const { ended, stop, started, pids } = keep(t, [], { path: `${path}:/usr/bin:/bin` })
  await until(() => started() === 1)
  stop()
  await ended
  t.notOk(isAlive(pids[0] ?? 0))
})
