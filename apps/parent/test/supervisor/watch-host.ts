import { test } from 'tap'

import { createLogger } from '../../src/logger.ts'
import type { RunState } from '../../src/supervisor/enclave-host.ts'
import { watchUntilGone } from '../../src/supervisor/watch-host.ts'

function arrange (states: RunState[]): { lines: { level: string }[], watch: Parameters<typeof watchUntilGone>[0] } {
  const lines: { level: string }[] = []
  const log = createLogger('warn', { write: line => { lines.push(JSON.parse(line) as { level: string }) } })
  return { lines, watch: { log, intervalMs: 1, runState: async () => states.shift() ?? 'gone' } }
}

test('an enclave that is not listed any more is gone at once', async t => {
  const { watch, lines } = arrange(['running', 'running'])
  t.equal(await watchUntilGone(watch, new AbortController().signal), true)
  t.same(lines, [])
})

test('a nitro-cli that gives no answer is warned of once, and is no reason to restart', async t => {
  const { watch, lines } = arrange(['unknown', 'unknown', 'running', 'unknown', 'running', 'unknown', 'unknown', 'unknown', 'unknown'])
  t.equal(await watchUntilGone(watch, new AbortController().signal), true)
  t.match(lines, [{ level: 'warn', times: 3 }])
  t.equal(lines.length, 1)
  const flaky = arrange(['unknown', 'unknown', 'running', 'unknown', 'unknown'])
  t.equal(await watchUntilGone(flaky.watch, new AbortController().signal), true)
  t.same(flaky.lines, [])
})

test('an abort ends the watch without calling the enclave gone', async t => {
  const controller = new AbortController()
  const { watch } = arrange([])
  const runState = async (): Promise<never> => {
    controller.abort()
    throw new Error('aborted')
  }
  t.equal(await watchUntilGone({ ...watch, runState }, controller.signal), false)
})
