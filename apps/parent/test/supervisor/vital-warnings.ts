import { test } from 'tap'

import { createLogger } from '../../src/logger.ts'
import { VitalWarnings } from '../../src/supervisor/vital-warnings.ts'

interface Line { level: string, concern: string, msg: string }

function arrange (): { warnings: VitalWarnings, lines: Line[] } {
  const lines: Line[] = []
  const log = createLogger('info', { write: line => { lines.push(JSON.parse(line) as Line) } })
  return { lines, warnings: new VitalWarnings(log) }
}

const minute = 60_000
const now = 1e12

test('clocks that differ by more than 30 s are told once, and again when they no longer do', async t => {
  const { warnings, lines } = arrange()
  for (const differenceMs of [0, 30_000, -30_000, 30_001, 40_000, 1000]) {
    warnings.answered({ clockMs: now + differenceMs, credentialsExpireAt: null }, now)
  }
  t.match(lines, [{ level: 'warn', concern: 'clock', clockDifferenceMs: 30_001 }, { level: 'info', concern: 'clock' }])
  t.equal(lines.length, 2)
})

test('credentials that were not renewed in time are told before their end and at it', async t => {
  const { warnings, lines } = arrange()
  warnings.credentialsHandedOver(now + 60 * minute, now)
  for (const remainingMs of [30 * minute, 4 * minute, 4 * minute - 1, minute, 0, -minute]) {
    warnings.answered({ clockMs: now, credentialsExpireAt: now + remainingMs }, now)
  }
  t.match(lines, [
    { level: 'warn', concern: 'expiring' }, { level: 'warn', concern: 'expired' }, { level: 'info', concern: 'expiring' },
  ])
  t.equal(lines.length, 3)
})

test('short-lived credentials are not called late while they are renewed as planned', async t => {
  const { warnings, lines } = arrange()
  warnings.credentialsHandedOver(now + minute, now)
  warnings.answered({ clockMs: now, credentialsExpireAt: now + minute / 2 }, now)
  t.same(lines, [])
  warnings.answered({ clockMs: now, credentialsExpireAt: now + minute / 5 }, now)
  t.match(lines, [{ concern: 'expiring' }])
})

test('a new enclave begins without the warnings of the old', async t => {
  const { warnings, lines } = arrange()
  warnings.answered({ clockMs: now + minute, credentialsExpireAt: null }, now)
  warnings.forget()
  warnings.answered({ clockMs: now + minute, credentialsExpireAt: null }, now)
  t.match(lines, [{ level: 'warn', concern: 'clock' }, { level: 'warn', concern: 'clock' }])
})
