import { test } from 'tap'

import { countCpus } from '../../src/doctor/cpu-list.ts'

for (const [list, count] of [
  ['1,3\n', 2], ['2,3,6-9', 6], ['0-127', 128], ['5', 1], ['1,1-2', 2], ['', 0], ['\n', 0], ['4-4', 1],
  ['x', undefined], ['9-6', undefined], ['1,,2', undefined], ['1-2-3', undefined], ['0-99999', undefined], ['-1', undefined],
] as const) {
  test(`the CPU list ${JSON.stringify(list)} ${count === undefined ? 'is refused' : `names ${count}`}`, async t => { t.equal(countCpus(list), count) })
}
