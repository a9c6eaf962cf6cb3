import { test } from 'tap'

import { NitroCliError } from '../../src/nitro-cli/errors.ts'
import type { DescribedEnclave } from '../../src/nitro-cli/output.ts'
import type { EnclaveProcessMemory } from '../../src/supervisor/enclave-process.ts'
import { endOwnEnclaves, endUnresponsiveEnclave, listEnclaves } from '../../src/supervisor/leftovers.ts'
import type { LeftoverOptions } from '../../src/supervisor/leftovers.ts'

const described = (name: string | undefined, enclaveId: string): DescribedEnclave =>
  ({ name, enclaveId, cid: 16, processId: 0, running: true, debugMode: false })

interface Arrangement { options: LeftoverOptions, ended: string[], killed: string[] }

/** `hanging` is an enclave of ours whose process answers nothing; nitro-cli does not list it and cannot end it. */
function arrange (enclaves: DescribedEnclave[], hanging?: { enclaveId: string, stopped: boolean }): Arrangement {
  const ended: string[] = []
  const killed: string[] = []
  let remembered = hanging
  const processes: EnclaveProcessMemory = {
    remember: async () => undefined,
    recall: async () => remembered === undefined ? undefined : { ...remembered, processId: 1, startTime: '1', bootId: '' },
    kill: async () => {
      if (remembered === undefined) return false
      killed.push(remembered.enclaveId)
      remembered = undefined
      return true
    },
    forget: async () => { remembered = undefined },
  }
  const printed = JSON.stringify(enclaves.map(({ name, enclaveId }) => ({ EnclaveName: name, EnclaveID: enclaveId, EnclaveCID: 16, ProcessID: 0, State: 'RUNNING', Flags: 'NONE' })))
  const nitroCli: LeftoverOptions['nitroCli'] = {
    describeEnclaves: async () => {
      if (remembered === undefined) return enclaves
      throw new NitroCliError('E39', { command: 'describe-enclaves', exitCode: 39, detail: '', stdout: printed })
    },
    terminateEnclave: async (enclaveId: string) => {
      if (enclaveId === remembered?.enclaveId) throw new NitroCliError('TIMED_OUT', { command: 'terminate-enclave', exitCode: undefined, detail: '' })
      ended.push(enclaveId)
      return enclaveId
    },
  }
  return { options: { nitroCli, parentName: 'enclave-signer', processes }, ended, killed }
}

test('only enclaves of this parent are ended', async t => {
  const { options, ended } = arrange([
    described('enclave-signer-0', 'ours'), described('enclave-signer-0_1', 'ours too'), described('payments', 'foreign'),
    described('enclave-signer-b-0', 'another parent\'s'), described(undefined, 'nameless'),
  ])
  t.same(await endOwnEnclaves(options), ['ours', 'ours too'])
  t.same(ended, ['ours', 'ours too'])
})

test('an enclave process that answers nothing is ended itself, and the others by nitro-cli', async t => {
  const { options, ended, killed } = arrange([described('enclave-signer-0', 'ours'), described('payments', 'foreign')], { enclaveId: 'hanging', stopped: false })
  t.same(await endOwnEnclaves(options), ['ours', 'hanging'])
  t.same(ended, ['ours'])
  t.same(killed, ['hanging'])
})

test('a stopped enclave process is ended without asking nitro-cli first', async t => {
  const { options, ended, killed } = arrange([], { enclaveId: 'stopped', stopped: true })
  t.same(await endOwnEnclaves(options), ['stopped'])
  t.same([ended, killed], [[], ['stopped']])
})

test('an unresponsive enclave is ended by nitro-cli where that works, else through its process', async t => {
  const answering = arrange([described('enclave-signer-0', 'ours')])
  await endUnresponsiveEnclave('ours', answering.options)
  t.same([answering.ended, answering.killed], [['ours'], []])
  const hanging = arrange([], { enclaveId: 'hanging', stopped: false })
  await endUnresponsiveEnclave('hanging', hanging.options)
  t.same([hanging.ended, hanging.killed], [[], ['hanging']])
})

test('an enclave that cannot be ended is an error, unless it has gone meanwhile', async t => {
  const { options } = arrange([described('enclave-signer-0', 'ours')])
  options.nitroCli.terminateEnclave = async () => { throw new NitroCliError('E11', { command: 'terminate-enclave', exitCode: 11, detail: '' }) }
  await t.rejects(endOwnEnclaves(options), { code: 'ENCLAVE_NOT_ENDED', facts: { enclaveId: 'ours' } })
  let times = 0
  options.nitroCli.describeEnclaves = async () => times++ === 0 ? [described('enclave-signer-0', 'ours')] : []
  t.same(await endOwnEnclaves(options), ['ours'])
})

test('an enclave of somebody else that hangs hides no enclave of ours', async t => {
  const { options } = arrange([described('enclave-signer-0', 'ours')], { enclaveId: 'foreign', stopped: false })
  t.match(await listEnclaves(options.nitroCli), { complete: false, enclaves: [{ enclaveId: 'ours', name: 'enclave-signer-0' }] })
})

test('any other failure to list enclaves is passed on', async t => {
  const { options } = arrange([])
  options.nitroCli.describeEnclaves = async () => { throw new NitroCliError('NOT_FOUND', { command: 'describe-enclaves', exitCode: undefined, detail: '' }) }
  await t.rejects(listEnclaves(options.nitroCli), { code: 'NOT_FOUND' })
})
