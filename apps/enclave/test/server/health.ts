import { setTimeout } from 'node:timers/promises'
import { test } from 'tap'
import { watchHealth } from '../../src/server/health.ts'

test('a busy event loop shows as delay once, and is forgotten at the next reading', async t => {
  const health = watchHealth()
  t.teardown(() => { health.close() })
  await setTimeout(50)
  const until = performance.now() + 300
  while (performance.now() < until);
  await setTimeout(50)
  const busy = health.read()
  t.ok(busy.eventLoopDelayMs > 200, `${busy.eventLoopDelayMs} ms`)
  t.ok(busy.uptimeMs >= 300 && busy.residentBytes > 1e6)
  t.equal(health.read().eventLoopDelayMs, 0, 'nothing has been measured since')
})
