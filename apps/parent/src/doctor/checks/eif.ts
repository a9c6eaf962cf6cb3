import type { Check } from '../check.ts'
import { failed, ok } from '../finding.ts'
import { findEif } from '../known-eif.ts'

const mib = 1024 * 1024

/** nitro-cli refuses an enclave with less memory than four times its EIF (E26). */
const memoryPerEif = 4

/** The EIF's size against ENCLAVE_MEMORY_MIB, where there is an EIF already. */
export const eifCheck: Check = {
  name: 'eif',
  run: async ({ settings }) => {
    const { memoryMib, eifPath } = settings
    const eif = await findEif(settings)
    if (eif === undefined) {
      return eifPath === undefined
        ? ok('none built yet', { memoryMib })
        : failed('the file of ENCLAVE_EIF_PATH cannot be read', 'put the EIF there, or set ENCLAVE_IMAGE instead', { memoryMib })
    }
    const neededMib = Math.ceil(eif.bytes * memoryPerEif / mib)
    const facts = { eifPath: eif.path, eifBytes: eif.bytes, memoryMib, neededMib }
    const summary = `${Math.ceil(eif.bytes / mib)} MiB need ${neededMib} MiB of memory, the enclave gets ${memoryMib}`
    return neededMib <= memoryMib
      ? ok(summary, facts)
      : failed(summary, `set ENCLAVE_MEMORY_MIB to ${neededMib} or more (nitro-cli ends with E26), and memory_mib in allocator.yaml with it`, facts)
  },
}
