import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'

import type { DoctorContext } from '../../src/doctor/check.ts'
import { checks } from '../../src/doctor/checks.ts'
import { checkNames, ok } from '../../src/doctor/finding.ts'
import { runChecks } from '../../src/doctor/run-checks.ts'

const context = {} as DoctorContext

test('checks are run in the order in which they are documented', async t => {
  t.same(checks.map(({ name }) => name), checkNames)
})

test('the order of results is that of the checks, whoever ends first', async t => {
  const results = await runChecks([
    { name: 'eif', run: async () => { await sleep(20); return ok('slow') } },
    { name: 'clock', run: () => ok('quick') },
  ], context, 5000)
  t.match(results, [{ check: 'eif', summary: 'slow' }, { check: 'clock', summary: 'quick' }])
})

test('checks run at the same time', async t => {
  const met = Promise.withResolvers<undefined>()
  const results = await runChecks([
    { name: 'eif', run: async () => { await met.promise; return ok('met') } },
    { name: 'clock', run: () => { met.resolve(undefined); return ok('met') } },
  ], context, 5000)
  t.match(results, [{ status: 'ok' }, { status: 'ok' }])
})

test('a check that does not end has failed, is told so, and holds up no other', async t => {
  let told: AbortSignal | undefined
  const results = await runChecks([
    { name: 'docker', run: async (_context, signal) => { told = signal; return await Promise.withResolvers<never>().promise } },
    { name: 'clock', run: () => ok('fine') },
  ], context, 30)
  t.match(results, [{ check: 'docker', status: 'failed', summary: 'no answer within 0.03 s', facts: { timeoutMs: 30 } }, { status: 'ok' }])
  t.equal(told?.aborted, true)
})

test('a check that breaks has failed with its reason, also when it breaks at once', async t => {
  const results = await runChecks([
    { name: 'eif', run: () => { throw new Error('at once') } },
    { name: 'clock', run: async () => { throw new Error('later') } },
  ], context, 5000)
  t.match(results, [
    { status: 'failed', summary: 'could not be checked: at once' },
    { status: 'failed', summary: 'could not be checked: later' },
  ])
})
