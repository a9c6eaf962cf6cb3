import { setTimeout } from 'node:timers/promises'

import { test } from 'tap'

import { createLogger } from '../../src/logger.ts'
import { startOpenTelemetry } from '../../src/tracing/open-telemetry.ts'

// A file of its own: OpenTelemetry's globals are set once in a process.
test('a collector that is down is told in one line, however many batches of spans are lost', async t => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1'
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '50'
  process.env.OTEL_BSP_SCHEDULE_DELAY = '10'
  const lines: string[] = []
  const tracing = await startOpenTelemetry('signer', createLogger('debug', { write: line => { lines.push(line) } }))
  for (let batch = 0; batch < 5; batch++) {
    tracing.begin({ method: 'POST', route: '/sign', requestId: 'r-1' }, undefined).end(200)
    await setTimeout(100)
  }
  await tracing[Symbol.asyncDispose]()
  t.match(lines.map(line => JSON.parse(line) as unknown), [{ level: 'warn', msg: 'spans may be lost', reason: /ECONNREFUSED/, untold: 0 }])
  t.equal(lines.length, 1)
})
