import { test } from 'tap'

import { configurationCheck } from '../../../src/doctor/checks/configuration.ts'
import { examineWith } from '../fixtures/examine.ts'

test('a configuration without a fault is fine', async t => {
  t.match(await examineWith(configurationCheck), { status: 'ok', facts: { faults: [] } })
})

test('every fault is told, one a line', async t => {
  t.match(await examineWith(configurationCheck, { faults: ['PORT must be x', 'HOST must be y'] }), {
    status: 'failed', summary: /: 2 faults$/, advice: 'PORT must be x\nHOST must be y', facts: { faults: ['PORT must be x', 'HOST must be y'] },
  })
  t.match(await examineWith(configurationCheck, { faults: ['PORT must be x'] }), { summary: /: 1 fault$/ })
})
