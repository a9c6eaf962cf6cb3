import { test } from 'tap'

import { errorPolicyOf, errorTable } from '../../src/nitro-cli/error-table.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

test('every error code of nitro-cli has a policy, and there is none for a code it does not have', withVectors, async t => {
  const { errors } = JSON.parse(vector('nitro-cli/error-codes.json')) as { errors: { code: string }[] }
  t.same(Object.keys(errorTable).filter(code => /^E\d+$/.test(code)), errors.map(({ code }) => code))
})

test('what other processes cause is tried again, what the host or the image causes is not', async t => {
  for (const code of ['E27', 'E29', 'E35', 'E36', 'E39', 'E44', 'DISK_FULL', 'KILLED']) t.equal(errorPolicyOf(code).retry, 'transient', code)
  for (const code of ['E19', 'E21', 'E22', 'E26', 'E51', 'E59', 'NOT_FOUND']) {
    t.equal(errorPolicyOf(code).retry, 'permanent', code)
    t.not(errorPolicyOf(code).advice, '', code)
  }
})

test('a code of a later nitro-cli is tried again', async t => { t.same(errorPolicyOf('E61'), { retry: 'transient', advice: '' }) })
