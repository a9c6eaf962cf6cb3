import { test } from 'tap'

import { bootFailureCodes, bootSteps, bridges, settingFaults, settings } from '../src/boot.ts'
import { enclaveErrorCodes } from '../src/errors.ts'

test('steps, bridges, settings, their faults and the codes of a boot are sets without doubles', async t => {
  for (const set of [bootSteps, bridges, settings, settingFaults, bootFailureCodes]) t.equal(new Set<string>(set).size, set.length)
})

test('a code of the boot is none that an enclave answers with', async t => {
  t.same(bootFailureCodes.filter(code => (enclaveErrorCodes as readonly string[]).includes(code)), [])
})
