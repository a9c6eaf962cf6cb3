import { test } from 'tap'

import { readRecord } from '../scripts/test/record.ts'

const RECORD = `TAP version 14
1..3
# Subtest: one.ts
    # Subtest: adds
        ok 1 - should be equal
        not ok 2 - equals
          ---
          diff: |
            -2
            +1
          ...
        1..2
    not ok 1 - adds
      ---
      at:
        lineNumber: 2
      ...
    ok 2 - writes # SKIP root may write
    1..2
not ok 1 - one.ts
  ---
  exitCode: 1
  ...

# Subtest: two.ts
    # Subtest: ends early
        ok 1 - should be equal
        1..1
    ok 1 - ends early
    # test count(1) != plan(null)
not ok 2 - two.ts
  ---
  exitCode: null
  signal: SIGKILL
  ...

# Subtest: three.ts
    ok 1 - should be equal
    # Subtest: throws nothing
        1..0
    ok 2 - throws nothing
    1..2
ok 3 - three.ts

# { total: 4, pass: 3, fail: 1 }
`

test('the record of a run names each failure once, and a test whose process ended early as well', async t => {
  t.strictSame(readRecord(RECORD), {
    whole: true,
    passed: 4,
    failures: [
      { name: 'one.ts > adds > equals', details: { diff: '-2\n+1\n' } },
      { name: 'two.ts', details: { exitCode: null, signal: 'SIGKILL' } }
    ],
    skipped: ['one.ts > writes: root may write']
  })
})

test('a record that was cut off is not whole, and neither is none', async t => {
  t.match(readRecord(RECORD.slice(0, RECORD.indexOf('# Subtest: three.ts'))), { whole: false, passed: 2, failures: { length: 2 } })
  t.strictSame(readRecord(''), { whole: false, passed: 0, failures: [], skipped: [] })
})
