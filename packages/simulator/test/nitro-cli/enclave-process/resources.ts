import { test } from 'tap'

import type { EnclaveRecord } from '../../../src/nitro-cli/running-enclaves/enclave-record.ts'
import { allocate, assignCid, assignName, checkCpuRequest, checkMemoryRequest } from '../../../src/nitro-cli/enclave-process/resources.ts'
import type { RunArguments } from '../../../src/nitro-cli/commands/run-arguments.ts'

const args: RunArguments = { eifPath: '/a/b.c.eif', memoryMib: 511, cpus: { count: 2 }, debugMode: false, attachConsole: false }
const enclave = (facts: Partial<EnclaveRecord>): EnclaveRecord => ({
  enclaveName: 'n', enclaveId: 'i', processId: 1, enclaveCid: 16, cpuIds: [2, 3], memoryMib: 512, debugMode: false, measurements: { HashAlgorithm: '', PCR0: '', PCR1: '', PCR2: '' }, ...facts,
})
const allocator = { cpuIds: [2, 3, 4, 5], memoryMib: 1024 }

test('memory must be four times the image, in whole MiB', async (t) => {
  checkMemoryRequest(8, 2 * 1024 ** 2)
  t.throws(() => { checkMemoryRequest(8, 2 * 1024 ** 2 + 1) }, { code: 'E26', info: ['memory', '8', '12'] })
  t.throws(() => { checkMemoryRequest(0, 0) }, { code: 'E26', info: ['memory', '0'] })
})

test('CPUs must be in the pool, each once', async (t) => {
  checkCpuRequest({ count: 4 }, allocator.cpuIds)
  checkCpuRequest({ ids: [5, 2] }, allocator.cpuIds)
  t.throws(() => { checkCpuRequest({ count: 5 }, allocator.cpuIds) }, { code: 'E22', info: ['cpu-count', '5'] })
  t.throws(() => { checkCpuRequest({ ids: [2, 2] }, allocator.cpuIds) }, { code: 'E20', info: ['cpu-ids', '2'] })
  t.throws(() => { checkCpuRequest({ ids: [2, 9] }, allocator.cpuIds) }, { code: 'E21', info: ['cpu-ids', '9'] })
})

test('an enclave gets free CPUs and memory in pages of 2 MiB', async (t) => {
  t.same(allocate(args, { allocator, running: [] }), { memoryMib: 512, cpuIds: [2, 3] })
  t.same(allocate(args, { allocator, running: [enclave({})] }), { memoryMib: 512, cpuIds: [4, 5] })
})

test('what others have is not given again', async (t) => {
  t.throws(() => allocate({ ...args, memoryMib: 514 }, { allocator, running: [enclave({})] }), { code: 'E27', info: ['memory', '514'] })
  t.throws(() => allocate({ ...args, cpus: { count: 3 } }, { allocator, running: [enclave({})] }), { code: 'E29' })
  t.throws(() => allocate({ ...args, cpus: { ids: [3] } }, { allocator, running: [enclave({})] }), { code: 'E29' })
})

test('a CID is the one asked for, or a free one', async (t) => {
  t.equal(assignCid(17, [enclave({})]), 17)
  t.equal(assignCid(undefined, []), 4)
  t.equal(assignCid(0, [enclave({ enclaveCid: 4 })]), 5)
  t.throws(() => assignCid(16, [enclave({})]), { code: 'E29' })
})

test('a name is the one asked for or the file without .eif, numbered when taken', async (t) => {
  t.equal(assignName(args, []), 'b.c')
  t.equal(assignName({ ...args, enclaveName: 'n' }, [enclave({})]), 'n_1')
  t.equal(assignName({ ...args, enclaveName: 'n' }, [enclave({}), enclave({ enclaveName: 'n_1' })]), 'n_2')
})
