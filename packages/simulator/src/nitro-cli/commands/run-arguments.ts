import { readFileSync } from 'node:fs'

import type { Arguments } from '../../command-line/clap.ts'
import { NitroCliFailure } from '../failure.ts'

/** What `run-enclave` was asked for (src/common/commands_parser.rs). */
export interface RunArguments {
  readonly eifPath: string
  readonly memoryMib: number
  readonly cpus: { readonly count: number } | { readonly ids: readonly number[] }
  /** Absent or 0: any free one. */
  readonly enclaveCid?: number
  readonly enclaveName?: string
  readonly debugMode: boolean
  readonly attachConsole: boolean
}

/** CIDs with a meaning of their own (vsock(7)); 3 is the parent's. */
const reservedCids: ReadonlyMap<number, string> = new Map([
  ...[1, 2, 0xffffffff].map((cid): [number, string] => [cid, `CID ${cid} is a well-known CID, not to be used for enclaves`]),
  [3, 'CID 3 is the CID of the parent VM, not to be used for enclaves'],
])

const maxCid = 0xffffffff
const mibPerUnit: Readonly<Record<string, number>> = { '': 1, M: 1, m: 1, G: 1024, g: 1024, T: 1024 ** 2, t: 1024 ** 2 }

/**
 * Reads the options of `run-enclave`.
 *
 * @param warn - Gets the line that nitro-cli prints for CID 0.
 * @throws NitroCliFailure E01, E02, E03, E17 or E19.
 */
export function readRunArguments (args: Arguments, warn: (line: string) => void): RunArguments {
  const config = args.value('config')
  if (config !== undefined) return readConfig(config, args.has('attach-console'), warn)
  const ids = args.values('cpu-ids')?.map((id) => readInteger('cpu-id', id))
  return {
    cpus: ids ? { ids } : { count: readInteger('cpu-count', args.value('cpu-count') ?? '') },
    eifPath: args.value('eif-path') ?? '',
    ...readCid(args.value('enclave-cid'), warn),
    memoryMib: readMemory(args.value('memory') ?? ''),
    debugMode: args.has('debug-mode') || args.has('attach-console'),
    attachConsole: args.has('attach-console'),
    ...nameOf(args.value('enclave-name')),
  }
}

/** Keys of the file given with `--config`. */
interface RunConfig {
  readonly enclave_name?: string
  readonly enclave_cid?: number
  readonly eif_path: string
  readonly memory_mib: number
  readonly cpu_ids?: readonly number[]
  readonly cpu_count?: number
  readonly debug_mode?: boolean
  readonly attach_console?: boolean
}

function readConfig (path: string, attach: boolean, warn: (line: string) => void): RunArguments {
  const config = parseConfig(path)
  const { cpu_ids: ids, cpu_count: count } = config
  if (ids && count !== undefined) throw new NitroCliFailure('E02', '`cpu-count` and `cpu-ids` cannot be used together')
  if (!ids && count === undefined) throw new NitroCliFailure('E01', 'Missing both `cpu-count` and `cpu-ids`')
  const attachConsole = attach || config.attach_console === true
  return {
    cpus: ids ? { ids } : { count: count ?? 0 },
    eifPath: config.eif_path,
    ...readCid(config.enclave_cid?.toString(), warn),
    memoryMib: config.memory_mib,
    debugMode: config.debug_mode === true || attachConsole,
    attachConsole,
    ...nameOf(config.enclave_name),
  }
}

function parseConfig (path: string): RunConfig {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new NitroCliFailure('E19', 'Failed to open config file', { info: [path, 'Open'], cause })
  }
  try {
    const config = JSON.parse(text) as Partial<RunConfig>
    if (typeof config.eif_path !== 'string' || typeof config.memory_mib !== 'number') throw new TypeError('missing field')
    return { ...config, eif_path: config.eif_path, memory_mib: config.memory_mib }
  } catch (cause) {
    throw new NitroCliFailure('E17', 'Invalid JSON format for config file', { cause })
  }
}

function nameOf (enclaveName: string | undefined): { enclaveName?: string } {
  return enclaveName === undefined ? {} : { enclaveName }
}

function readCid (text: string | undefined, warn: (line: string) => void): { enclaveCid?: number } {
  if (text === undefined) return {}
  const cid = readInteger('enclave-cid', text)
  if (cid === 0) warn('The enclave CID will be auto-generated as the provided CID is 0')
  const reserved = reservedCids.get(cid)
  if (reserved) throw new NitroCliFailure('E03', reserved)
  if (cid > maxCid) throw new NitroCliFailure('E03', `CID ${text} is higher than the maximum supported (u32 max) for a vsock device`)
  return { enclaveCid: cid }
}

function readMemory (text: string): number {
  const [, digits = '', unit = ''] = /^(\d*)(.*)$/s.exec(text) ?? []
  if (digits === '') throw notAnInteger('`memory` argument does not contain a number', 'memory', text)
  const mib = mibPerUnit[unit]
  if (mib === undefined) throw notAnInteger('`memory` argument does not contain a valid size indicator', 'memory', text)
  return Number(digits) * mib
}

function readInteger (name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw notAnInteger(`\`${name}\` is not a number`, name, text)
  return Number(text)
}

function notAnInteger (reason: string, name: string, text: string): NitroCliFailure {
  return new NitroCliFailure('E03', reason, { info: [name, text] })
}
