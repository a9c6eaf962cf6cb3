import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { bootPcrs } from '../../nsm/pcrs.ts'
import { createSimulatedNsm } from '../../nsm/nsm.ts'
import { createRegisters } from '../../nsm/registers.ts'
import { createNsmRequests } from '../../nsm/requests.ts'
import type { HostFile } from '../../state/host-file.ts'
import { vsockFileName } from '../../vsock/vsock-path.ts'
import type { BootRequest } from './boot.ts'
import { slotOf } from '../running-enclaves/enclave-record.ts'
import { bootableCommand } from './image-to-run.ts'
import type { ImageToRun } from './image-to-run.ts'
import type { EnclaveProgram, RunningProgram, SimulatedMachine } from './program.ts'

/** Where the enclave-signer image has the enclave's program; the simulator's own entry stands for it. */
const enclaveSignerProgram = '/app/apps/enclave/src/main.ts'

/** Digits of the slot in a module id; nitro-cli prints the same number without leading zeros. */
const slotDigits = 16

/**
 * Boots the image on a simulated machine.
 *
 * @param cid - The enclave's.
 * @throws Error with the reason for which the program did not come to listen.
 */
export async function bootMachine (image: ImageToRun, request: BootRequest, host: HostFile, cid: number): Promise<RunningProgram> {
  const { command, environment } = bootableCommand(image.eif)
  const program = await loadProgram(command, host)
  const variables: Record<string, string> = Object.fromEntries(environment.map(splitItem))
  Object.assign(process.env, variables)
  return await program.start(createMachine(image, request, host, { cid, command, environment: variables }))
}

function splitItem (item: string): [string, string] {
  const [name = '', value = ''] = item.split(/=(.*)/s, 2)
  return [name, value]
}

/** The module that stands for the first of the command's words that is a known program. */
async function loadProgram (command: readonly string[], { programs }: HostFile): Promise<EnclaveProgram> {
  const modules: Readonly<Record<string, string>> = { [enclaveSignerProgram]: join(import.meta.dirname, 'enclave-signer-program.ts'), ...programs }
  const path = command.map((word) => modules[word]).find((module) => module !== undefined)
  if (path === undefined) throw new Error(`no program is known for the command ${JSON.stringify(command)}`)
  return await import(path) as EnclaveProgram
}

type MachineFacts = Pick<SimulatedMachine, 'cid' | 'command' | 'environment'>

function createMachine ({ measurements }: ImageToRun, request: BootRequest, host: HostFile, facts: MachineFacts): SimulatedMachine {
  const { paths, args, enclaveId } = request
  const { instanceId, instanceRoleArn, region } = host
  const moduleId = `${instanceId}-enc${slotOf(enclaveId).padStart(slotDigits, '0')}`
  const registers = createRegisters(bootPcrs({ measurements, instanceId, instanceRoleArn, debugMode: args.debugMode }))
  const nsm = createSimulatedNsm({ directory: paths.nsm, pcrs: registers.locked, moduleId, region })
  return {
    ...facts,
    nsm,
    nsmRequests: createNsmRequests({ nsm, registers, moduleId }),
    vsockPath: (cid, port) => join(paths.vsock, vsockFileName(cid, port)),
    kmsTlsRoots: [readFileSync(paths.kmsCa, 'utf8')],
  }
}
