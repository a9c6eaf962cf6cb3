import { setTimeout as delay } from 'node:timers/promises'

import { readHostFile } from '../../state/host-file.ts'
import type { HostFile } from '../../state/host-file.ts'
import type { BootRequest } from './boot.ts'
import { measurementsOf } from '../running-enclaves/enclave-record.ts'
import type { EnclaveRecord } from '../running-enclaves/enclave-record.ts'
import { NitroCliFailure } from '../failure.ts'
import { bootSubactions, takeHeartbeatPort } from './heartbeat-port.ts'
import { messageOf, openImage } from './image-to-run.ts'
import type { ImageToRun } from './image-to-run.ts'
import { liveAs } from './enclave-life.ts'
import { bootMachine } from './machine.ts'
import type { RunningProgram } from './program.ts'
import { allocate, assignCid, checkCpuRequest, checkMemoryRequest, maxEnclaves } from './resources.ts'
import { consolePath, findRunningEnclaves, removeSocketsOf } from '../running-enclaves/running-enclaves.ts'

/** How long nitro-cli waits for the heartbeat of an image of less than 6 GiB (src/enclave_proc/resource_manager.rs). */
const bootTimeoutMs = 180_000

/**
 * Makes this process an enclave, with the checks of nitro-cli in nitro-cli's order (src/enclave_proc/commands.rs `run_enclaves`).
 *
 * @param say - Gets each line that nitro-cli prints on stderr meanwhile.
 * @returns what the running enclave is.
 * @throws NitroCliFailure with the first thing that is wrong.
 */
export async function launch (request: BootRequest, say: (line: string) => void): Promise<EnclaveRecord> {
  const { args, paths } = request
  const host = readHostFile(paths.hostFile)
  const file = openImage(args.eifPath)
  checkCpuRequest(args.cpus, host.allocator.cpuIds)
  checkMemoryRequest(args.memoryMib, file.bytes)
  const image = file.read()
  say('Start allocating memory...')
  const releaseHeartbeatPort = await takeHeartbeatPort(paths.vsock)
  try {
    const record = await createRecord(image, request, host)
    say(`Started enclave with enclave-cid: ${record.enclaveCid}, memory: ${record.memoryMib} MiB, cpu-ids: [${record.cpuIds.join(', ')}]`)
    removeSocketsOf(paths, record.enclaveCid)
    const program = await awaitHeartbeat(bootMachine(image, request, host, record.enclaveCid), consolePath(paths, record.enclaveId))
    await liveAs(record, program, paths)
    return record
  } finally {
    releaseHeartbeatPort()
  }
}

/** Allocates what the enclave needs among those that run. Nobody else does so meanwhile: the heartbeat port is ours. */
async function createRecord (image: ImageToRun, request: BootRequest, { allocator }: HostFile): Promise<EnclaveRecord> {
  const { measurements, metadata } = image
  const { args, paths, enclaveId, enclaveName } = request
  const { records, silent } = await findRunningEnclaves(paths)
  const running = [...records, ...silent]
  if (running.length >= maxEnclaves) {
    throw new NitroCliFailure('E29', 'An error has occurred: 28 (rc: -1)', { within: ['Create VM ioctl failed', 'Failed to create enclave handle'] })
  }
  return {
    enclaveName,
    enclaveId,
    processId: process.pid,
    ...allocate(args, { allocator, running }),
    enclaveCid: assignCid(args.enclaveCid, running),
    debugMode: args.debugMode,
    measurements: measurementsOf(measurements),
    ...(metadata && { metadata }),
  }
}

async function awaitHeartbeat (booting: Promise<RunningProgram>, console: string): Promise<RunningProgram> {
  const givenUp = new AbortController()
  const timeout = delay(bootTimeoutMs, undefined, { signal: givenUp.signal }).then(() => { throw new Error('VsockTimeoutError') })
  try {
    return await Promise.race([booting, timeout])
  } catch (cause) {
    const reason = `Waiting on enclave to boot failed with error ${messageOf(cause)} (console: ${console})`
    throw new NitroCliFailure('E36', reason, { within: bootSubactions, cause })
  } finally {
    givenUp.abort()
    timeout.catch(() => undefined)
  }
}
