import { test } from 'tap'

import { firstErrorIn, toNitroCliError } from '../../src/nitro-cli/errors.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

const failures: [string, string, RegExp][] = [
  ['fail-device', 'E19', /File: '\/dev\/nitro_enclaves', failing operation: 'Open'\.$/],
  ['fail-ne_cpus', 'E19', /ne_cpus/],
  ['fail-ioctl', 'E29', /^Ioctl failure/],
  ['fail-concurrent-boot', 'E36', /^Enclave boot failure/],
]

for (const [name, code, detail] of failures) {
  test(`the cause of run-enclave.${name} is ${code}, not the E39 that follows it`, withVectors, async t => {
    const found = firstErrorIn(vector(`nitro-cli/run-enclave.${name}.stderr.txt`))
    t.equal(found?.code, code)
    t.match(found?.detail, detail)
    t.notMatch(found?.detail, /For more details|\n/)
  })
}

test('what is printed without a fault has no cause', withVectors, async t => {
  t.equal(firstErrorIn(vector('nitro-cli/run-enclave.stderr.txt')), undefined)
  t.equal(firstErrorIn(''), undefined)
  t.equal(firstErrorIn('the text says [ E19 ] in its middle'), undefined)
})

test('a long explanation is cut to 500 characters', async t => {
  t.equal(firstErrorIn(`[ E19 ] ${'x'.repeat(9000)}`)?.detail.length, 500)
})

test('what execa did not throw is kept as the cause', async t => {
  const cause = new TypeError('x')
  t.match(toNitroCliError('describe-eif', cause), { code: 'UNEXPLAINED', command: 'describe-eif', exitCode: undefined, cause })
})
