import { registerHooks } from 'node:module'

import { test } from 'tap'

test('a service that does not trace loads nothing of OpenTelemetry', async t => {
  const resolved: string[] = []
  registerHooks({
    resolve (specifier, context, next) {
      resolved.push(specifier)
      return next(specifier, context)
    },
  })
  await import('../../src/parent.ts')
  t.ok(resolved.some(specifier => specifier.endsWith('/open-telemetry.ts')), 'what would start it is there')
  t.same(resolved.filter(specifier => specifier.startsWith('@opentelemetry')), ['@opentelemetry/api'], 'prom-client\'s own, for its exemplars')
})
