import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

import { SimulatorError } from '../errors.ts'
import { writeFileAtomically } from './atomic-file.ts'

/** What the executables know of the host they run on (`host.json`). */
export interface HostFile {
  /** Shape of EC2's: `i-` and 17 hex digits. PCR4 measures it. */
  readonly instanceId: string
  readonly region: string
  /** 12 digits. */
  readonly accountId: string
  /** The instance's role; PCR3 measures it. */
  readonly instanceRoleArn: string
  /** What name resolution and routing would do: `host:port` to the `address:port` where the simulated service listens. */
  readonly hosts: Readonly<Record<string, string>>
  /** What `/etc/nitro_enclaves/allocator.yaml` would reserve for enclaves. */
  readonly allocator: { readonly cpuIds: readonly number[], readonly memoryMib: number }
  /** Programs that enclaves can run: path in the image to the module that starts it here. See the package's README. */
  readonly programs: Readonly<Record<string, string>>
}

/** AWS's own example account number. */
const exampleAccountId = '111122223333'

/** Four enclaves of the default size, with room: 2 CPUs and 2634 MiB each. */
const defaultAllocator = { cpuIds: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], memoryMib: 16384 }

/** A host that has never been started. */
export function newHost (region: string): HostFile {
  return {
    instanceId: `i-0${randomBytes(8).toString('hex')}`,
    region,
    accountId: exampleAccountId,
    instanceRoleArn: `arn:aws:iam::${exampleAccountId}:role/enclave-signer-instance`,
    hosts: {},
    allocator: defaultAllocator,
    programs: {},
  }
}

/**
 * Reads the host's file.
 *
 * @throws SimulatorError `STATE_FILE_UNREADABLE` when it is missing or not JSON.
 */
export function readHostFile (path: string): HostFile {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as HostFile
  } catch (cause) {
    throw new SimulatorError('STATE_FILE_UNREADABLE', `${path} cannot be read as JSON`, { cause, facts: { subject: path } })
  }
}

/** The host's file, or undefined when the host has never been started. */
export function keptHostFile (path: string): HostFile | undefined {
  return existsSync(path) ? readHostFile(path) : undefined
}

/** Writes the host's file whole. */
export async function writeHostFile (path: string, host: HostFile): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(host, null, 2)}\n`)
}
