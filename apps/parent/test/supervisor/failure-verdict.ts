import { join } from 'node:path'

import { test } from 'tap'

import { ParentError } from '../../src/errors.ts'
import { NitroCliError } from '../../src/nitro-cli/errors.ts'
import { judgeFailure } from '../../src/supervisor/failure-verdict.ts'

const nitroCli = (code: 'E26' | 'E27' | 'E36'): NitroCliError => new NitroCliError(code, { command: 'run-enclave', exitCode: 39, detail: 'x' })

test('a launch that needs more memory than the host reserves is final, with every figure in its reason', async t => {
  const directory = t.testdir({ 'a.eif': Buffer.alloc(3 * 1024 ** 2 + 1), 'allocator.yaml': 'memory_mib: 512\ncpu_count: 2\n' })
  const allocator = join(directory, 'allocator.yaml')
  const verdict = await judgeFailure(nitroCli('E27'), { memoryMib: 2634, cpuCount: 2, eifPath: join(directory, 'a.eif'), debugMode: false, lastWords: undefined }, allocator)
  t.match(verdict, { code: 'E27', permanent: true })
  t.match(verdict.reason, /ENCLAVE_MEMORY_MIB is 2634 MiB; the EIF has 4 MiB and needs 16 MiB, four times its size; the allocator holds 512 MiB: raise memory_mib in /)
  t.ok(verdict.reason.includes(allocator))
})

test('the same where the host reserves enough is tried again', async t => {
  const directory = t.testdir({ 'allocator.yaml': 'memory_mib: 8192\n' })
  const verdict = await judgeFailure(nitroCli('E27'), { memoryMib: 2634, cpuCount: 2, eifPath: undefined, debugMode: false, lastWords: undefined }, join(directory, 'allocator.yaml'))
  t.match(verdict, { permanent: false, reason: /the allocator holds 8192 MiB: other enclaves hold the rest now/ })
})

test('a full disk is told with what to do', async t => {
  const verdict = await judgeFailure(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), { memoryMib: 1, cpuCount: 1, eifPath: undefined, debugMode: false, lastWords: undefined }, '/nowhere')
  t.match(verdict, { code: 'DISK_FULL', permanent: false, reason: /no space left on device, write; the disk is full: free space in DATA_DIR/ })
})

const nothing = { memoryMib: 1, cpuCount: 1, eifPath: undefined, debugMode: false, lastWords: undefined }
const neverReady = new ParentError('ENCLAVE_NEVER_READY', 'it ended', { enclaveId: 'i' })
const died = new ParentError('ENCLAVE_GONE', 'it ended', { enclaveId: 'i' })

test('an enclave that never came up and one that died are told apart, by code and by what to do', async t => {
  t.same(await judgeFailure(neverReady, nothing, '/nowhere'), {
    code: 'ENCLAVE_NEVER_READY', reason: 'it ended; set ENCLAVE_DEBUG_MODE=true on a host without real keys to read on its console why', permanent: false,
  })
  t.match(await judgeFailure(died, nothing, '/nowhere'), { code: 'ENCLAVE_GONE', reason: /^it ended; look for what ended it: too little memory/, permanent: false })
})

test('in debug mode the reason has what the enclave said last', async t => {
  const lastWords = 'enclave.failed in the step "nsm": NSM_FAILED'
  for (const error of [neverReady, died]) {
    t.match(await judgeFailure(error, { ...nothing, debugMode: true, lastWords }, '/nowhere'), { reason: `it ended; the last it said on its console: ${lastWords}` })
  }
  t.match(await judgeFailure(neverReady, { ...nothing, debugMode: true }, '/nowhere'), { reason: 'it ended' })
})

test('the parent\'s own failures speak for themselves', async t => {
  const error = new ParentError('MEASUREMENTS_UNEXPECTED', 'PCR0 of the EIF is a, EXPECTED_PCR0 is b', { expected: 'b', measured: 'a' })
  t.same(await judgeFailure(error, { memoryMib: 1, cpuCount: 1, eifPath: undefined, debugMode: false, lastWords: undefined }, '/nowhere'), {
    code: 'MEASUREMENTS_UNEXPECTED', reason: 'PCR0 of the EIF is a, EXPECTED_PCR0 is b', permanent: true,
  })
})
