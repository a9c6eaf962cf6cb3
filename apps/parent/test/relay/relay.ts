import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { createLogger } from '../../src/logger.ts'
import { Relay } from '../../src/relay/relay.ts'
import type { RelayOptions } from '../../src/relay/relay.ts'
import { replayedProgram } from '../fixtures/replay.ts'
import type { Replay } from '../fixtures/replay.ts'

interface Line { msg: string, command?: string, reason?: string, line?: string, pid?: number }

interface Arrangement {
  relay: Relay
  lines: Line[]
  seen: (msg: string, count?: number) => Promise<void>
  controller: AbortController
}

function arrange (t: Test, replay: Replay, change: Partial<RelayOptions> = {}): Arrangement {
  const lines: Line[] = []
  const { path } = replayedProgram(t, replay)
  const log = createLogger('debug', { write: line => { lines.push(JSON.parse(line) as Line) } })
  const relay = new Relay({ name: 'socat-0', executable: path, args: ['x'], log, onRestart: () => undefined, ...change })
  const seen = async (msg: string, count = 1): Promise<void> => {
    while (lines.filter(line => line.msg === msg).length < count) await sleep(10)
  }
  return { relay, lines, seen, controller: new AbortController() }
}

test('a relay runs, its output is logged, and it ends with the service', async t => {
  const { relay, lines, seen, controller } = arrange(t, { stderr: 'listening\n', hang: true })
  const running = relay.run(controller.signal)
  await seen('relay says')
  t.match(relay.status, { name: 'socat-0', state: 'running', restarts: 0 })
  controller.abort()
  await running
  t.match(relay.status, { state: 'stopped', restarts: 0 })
  const pid = lines.find(({ msg }) => msg === 'relay started')?.pid ?? 0
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a relay that dies is started again, and the log says how it ended', async t => {
  let restarts = 0
  const { relay, lines, seen, controller } = arrange(t, { stderr: 'bind: Address already in use\n', exitCode: 1 }, { onRestart: () => { restarts++ } })
  const running = relay.run(controller.signal)
  await seen('relay started', 3)
  controller.abort()
  await running
  t.ok(restarts >= 2)
  t.ok(relay.status.restarts >= 2)
  t.match(lines.find(({ msg }) => msg === 'relay ended')?.reason, 'ended with 1: bind: Address already in use')
})

test('a relay that is killed is started again', async t => {
  const { relay, lines, seen, controller } = arrange(t, { hang: true })
  const running = relay.run(controller.signal)
  await seen('relay started')
  process.kill(lines.find(({ pid }) => pid !== undefined)?.pid ?? 0, 'SIGKILL')
  await seen('relay started', 2)
  t.match(lines.find(({ msg }) => msg === 'relay ended'), { reason: 'ended with SIGKILL' })
  controller.abort()
  await running
})

test('a missing program and a check that fails are reasons in the status', async t => {
  for (const [change, reason] of [
    [{ executable: '/nowhere/socat' }, /ENOENT/],
    [{ check: async () => { throw new Error('port 8888 on 127.0.0.1 is in use') } }, /^port 8888/],
  ] as const) {
    const { relay, seen, controller } = arrange(t, {}, change)
    const running = relay.run(controller.signal)
    await seen('relay ended')
    t.match(relay.status, { state: 'backing-off', reason })
    controller.abort()
    await running
  }
})

test('a replaced relay is killed, whatever it does, and started afresh without delay', async t => {
  const { relay, lines, seen, controller } = arrange(t, { hang: true })
  const running = relay.run(controller.signal)
  await seen('relay started')
  const pid = lines.find(({ msg }) => msg === 'relay started')?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  relay.replace('it carries nothing')
  await seen('relay started', 2)
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  t.match(relay.status, { state: 'running', restarts: 1 })
  t.match(lines.find(({ msg }) => msg === 'relay is replaced'), { reason: 'it carries nothing' })
  t.equal(lines.some(({ msg }) => msg === 'relay ended'), false)
  controller.abort()
  await running
})

test('a relay that is to lead elsewhere is started with the new arguments, else left alone', async t => {
  const { relay, lines, seen, controller } = arrange(t, { hang: true })
  const running = relay.run(controller.signal)
  await seen('relay started')
  relay.retarget(['x'])
  t.equal(lines.some(({ msg }) => msg === 'relay is replaced'), false)
  relay.retarget(['y'])
  await seen('relay started', 2)
  t.match(lines.filter(({ msg }) => msg === 'relay started').map(({ command }) => command), [/ x$/, / y$/])
  controller.abort()
  await running
})

test('the replacement of a relay that waits for its next start begins at once', async t => {
  const { relay, seen, controller } = arrange(t, {}, { executable: '/nowhere/socat' })
  const running = relay.run(controller.signal)
  await seen('relay ended', 3)
  relay.replace('try again')
  await seen('relay ended', 4)
  controller.abort()
  await running
})
