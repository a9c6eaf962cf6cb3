import { test } from 'tap'

import type { NitroCli } from '../../src/nitro-cli/nitro-cli.ts'
import { terminateOurEnclaves } from '../../src/supervisor/leftovers.ts'

test('only enclaves of this service are ended', async t => {
  const described = [
    { name: 'enclave-signer-0', enclaveId: 'ours', cid: 16, running: true, debugMode: false },
    { name: 'enclave-signer-0_1', enclaveId: 'ours too', cid: 17, running: false, debugMode: false },
    { name: 'payments', enclaveId: 'foreign', cid: 18, running: true, debugMode: false },
    { name: 'my-enclave-signer-0', enclaveId: 'foreign too', cid: 19, running: true, debugMode: false },
    { name: undefined, enclaveId: 'nameless', cid: 20, running: true, debugMode: false },
  ]
  const ended: string[] = []
  const nitroCli = {
    describeEnclaves: async () => described,
    terminateEnclave: async (enclaveId: string) => {
      ended.push(enclaveId)
      return enclaveId
    },
  } as unknown as NitroCli
  t.same(await terminateOurEnclaves(nitroCli), ['ours', 'ours too'])
  t.same(ended, ['ours', 'ours too'])
})
