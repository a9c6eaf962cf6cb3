import { test } from 'tap'
import { Type } from 'typebox'
import { Value } from 'typebox/value'

import { checkResult, failed, ok, warning } from '../../src/doctor/finding.ts'
import type { CheckResult } from '../../src/doctor/finding.ts'
import { exitCodeOf, formatJson, formatTable } from '../../src/doctor/report.ts'

const fine: CheckResult = { check: 'eif', ...ok('none built yet') }
const odd: CheckResult = { check: 'allocator', ...warning('it is odd', 'look\nagain', { allocatedMib: 1 }) }
const broken: CheckResult = { check: 'clock', ...failed('it is wrong', 'mend it', { faults: ['a', 'b'] }) }

test('the table has columns, what to do under its line, and a count', async t => {
  t.equal(formatTable([fine, odd, broken]), [
    'ok       eif        none built yet',
    'warning  allocator  it is odd',
    '                    -> look',
    '                    -> again',
    'failed   clock      it is wrong',
    '                    -> mend it',
    '',
    '1 ok, 1 warning, 1 failed',
    '',
  ].join('\n'))
})

test('what other programs say cannot steer the terminal', async t => {
  const table = formatTable([{ check: 'docker', ...failed('a\u001b[31mb\r\u009b2Jc\u202ed\u2028e', 'f\u0007g') }])
  t.notMatch(table.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\u2028]/u)
  t.match(table, /a \[31mb 2Jc d e/)
})

test('JSON holds the same results in the published shape', async t => {
  const parsed: unknown = JSON.parse(formatJson([fine, odd, broken]))
  t.same(parsed, [fine, odd, broken])
  t.ok(Value.Check(Type.Array(checkResult), parsed))
  t.notOk(Value.Check(checkResult, { ...fine, check: 'weather' }), 'an unknown check')
  t.notOk(Value.Check(checkResult, { ...fine, status: 'skipped' }), 'an unknown status')
  t.notOk(Value.Check(checkResult, { ...fine, secret: 'x' }), 'a further member')
})

test('only a failure makes the exit status 1', async t => {
  t.equal(exitCodeOf([fine, odd]), 0)
  t.equal(exitCodeOf([fine, odd, broken]), 1)
})
