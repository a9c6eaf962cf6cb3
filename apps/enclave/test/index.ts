import { test } from 'tap'
import * as exported from '../src/index.ts'

test('the package exports three functions and no way around them', async t => {
  t.same(Object.keys(exported).toSorted(), ['configFromEnvironment', 'createEnclave', 'runEnclave'])
})
