import { join } from 'node:path'

import { test } from 'tap'

import { callersCheck } from '../../../src/doctor/checks/callers.ts'
import { examineWith } from '../fixtures/examine.ts'

const entry = (name: string, digit: string): string => `{name: ${name}, credentials: [{tokenSha256: "${digit.repeat(64)}"}], permissions: []}`

test('without a callers file there is nothing to look at', async t => {
  t.match(await examineWith(callersCheck), { status: 'ok', summary: /^not needed: / })
})

test('callers are counted', async t => {
  const directory = t.testdir({ one: `callers: [${entry('a', 'a')}]`, two: `callers: [${entry('a', 'a')}, ${entry('b', 'b')}]` })
  t.match(await examineWith(callersCheck, { env: { CALLERS_FILE: join(directory, 'one') } }), { status: 'ok', summary: '1 caller', facts: { callers: 1 } })
  t.match(await examineWith(callersCheck, { env: { CALLERS_FILE: join(directory, 'two') } }), { status: 'ok', summary: '2 callers' })
})

test('every fault of the file is told', async t => {
  const directory = t.testdir({ callers: `callers: [${entry('a', 'a')}, ${entry('a', 'a')}]` })
  t.match(await examineWith(callersCheck, { env: { CALLERS_FILE: join(directory, 'callers') } }), {
    status: 'failed', summary: 'the service would refuse it: 2 faults', advice: /^CALLERS_FILE line 1: .*\nCALLERS_FILE line 1: /, facts: { faults: [/names another caller/, /credential of another/] },
  })
  t.match(await examineWith(callersCheck, { env: { CALLERS_FILE: '/nowhere' } }), { status: 'failed', summary: 'the service would refuse it: 1 fault' })
})
