import { test } from 'tap'

import { createLogger } from '../../src/logger.ts'
import { TracingTrouble } from '../../src/tracing/tracing-trouble.ts'

test('trouble is told at once, then once a minute with how often it was not told', async t => {
  const lines: Record<string, unknown>[] = []
  let now = 5
  const trouble = new TracingTrouble(createLogger('debug', { write: line => { lines.push(JSON.parse(line) as Record<string, unknown>) } }), () => now)
  trouble.error('{"stack":"Error: connect","message":"connect ECONNREFUSED","code":"ECONNREFUSED"}')
  trouble.warn('Dropped 7 spans')
  now += 59_999
  trouble.error('again')
  now += 1
  trouble.warn('Dropped 8 spans because maxQueueSize reached')
  trouble.info()
  trouble.debug()
  trouble.verbose()
  t.match(lines, [
    { level: 'warn', msg: 'spans may be lost', reason: 'connect ECONNREFUSED', untold: 0 },
    { level: 'warn', msg: 'spans may be lost', reason: 'Dropped 8 spans because maxQueueSize reached', untold: 2 },
  ])
  t.equal(lines.length, 2)
})

test('what is no JSON of an error is told as it is', async t => {
  const reasons: unknown[] = []
  for (const message of ['{}', 'null', '7', '{"message":7}', '{"message":"","code":"C"}']) {
    new TracingTrouble(createLogger('debug', { write: line => { reasons.push((JSON.parse(line) as { reason: unknown }).reason) } }), () => 0).error(message)
  }
  t.same(reasons, ['{}', 'null', '7', '{"message":7}', 'C'])
})
