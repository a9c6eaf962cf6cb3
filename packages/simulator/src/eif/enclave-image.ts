import { SimulatorError } from '../errors.ts'
import { decodeCpio, encodeCpio } from './cpio.ts'
import type { CpioEntry } from './cpio.ts'
import { sectionsOf } from './eif.ts'
import type { Eif, EifSection } from './eif.ts'
import type { EifMetadata } from './metadata.ts'

/** nitro-cli's command line of the x86_64 kernel (aws-nitro-enclaves-cli blobs/x86_64/cmdline). */
export const kernelCommandLine =
  'reboot=k panic=30 pci=off nomodules console=ttyS0 i8042.noaux i8042.nomux i8042.nopnp i8042.dumbkbd random.trust_cpu=on'

/** Stands where nitro-cli puts its kernel; constant, so that PCR1 is the same for every simulated image. */
const simulatedKernel = Buffer.from('enclave-signer simulated kernel 1\n')

/** Directories that nitro-cli lays into every root file system (enclave_build/src/yaml_generator.rs). */
const mountPoints = ['dev', 'run', 'sys', 'var', 'proc', 'tmp']

/** What an image runs. */
export interface EnclaveCommand {
  /** The command and its arguments; runs as root in `/`. */
  readonly command: readonly string[]
  /** `NAME=value` items. */
  readonly environment: readonly string[]
}

/** A file of the root file system. */
export interface RootFile {
  /** Absolute path in the image. */
  readonly path: string
  readonly data: Buffer
}

/** The sections of an unsigned image in nitro-cli's order: kernel, cmdline, metadata, bootstrap ramdisk, customer ramdisk. */
export function enclaveImageSections (image: EnclaveCommand & { files: readonly RootFile[], metadata: EifMetadata }): EifSection[] {
  return [
    { type: 'kernel', data: simulatedKernel },
    { type: 'cmdline', data: Buffer.from(kernelCommandLine) },
    { type: 'metadata', data: Buffer.from(JSON.stringify(image.metadata)) },
    { type: 'ramdisk', data: bootstrapRamdisk() },
    { type: 'ramdisk', data: customerRamdisk(image) },
  ]
}

function bootstrapRamdisk (): Buffer {
  const blob = (path: string): CpioEntry => ({ path, data: Buffer.from(`enclave-signer simulated ${path} 1\n`), permissions: 0o755 })
  return encodeCpio([{ path: 'dev' }, blob('init'), blob('nsm.ko')])
}

/** `cmd` and `env` hold one item a line; the files lie under `rootfs/`. Sorted, so that the same image gives the same bytes. */
function customerRamdisk ({ command, environment, files }: EnclaveCommand & { files: readonly RootFile[] }): Buffer {
  const rootFiles = files.map(({ path, data }) => ({ path: `rootfs${path}`, data }))
  const directories = new Set(['rootfs', ...mountPoints.map((name) => `rootfs/${name}`), ...rootFiles.flatMap(({ path }) => parentsOf(path))])
  const entries: CpioEntry[] = [...[...directories].map((path) => ({ path })), ...rootFiles]
  return encodeCpio([
    ...entries.sort((one, other) => one.path < other.path ? -1 : 1),
    { path: 'cmd', data: Buffer.from(lines(command)) },
    { path: 'env', data: Buffer.from(lines(environment)) },
  ])
}

function parentsOf (path: string): string[] {
  const names = path.split('/')
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'))
}

function lines (items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join('')
}

/**
 * What the image's second ramdisk says to run.
 *
 * @throws SimulatorError `EIF_MALFORMED` without a second ramdisk or without `cmd` and `env`, `CPIO_MALFORMED` when it is no archive.
 */
export function readEnclaveCommand (eif: Pick<Eif, 'sections'>): EnclaveCommand {
  const [, customer] = sectionsOf(eif, 'ramdisk')
  if (!customer) throw new SimulatorError('EIF_MALFORMED', 'the image has no customer ramdisk')
  const entries = decodeCpio(customer)
  return { command: readLines(entries, 'cmd'), environment: readLines(entries, 'env') }
}

function readLines (entries: readonly CpioEntry[], path: string): string[] {
  const data = entries.find((entry) => entry.path === path)?.data
  if (!data) throw new SimulatorError('EIF_MALFORMED', `the customer ramdisk has no ${path}`)
  return data.toString('utf8').split('\n').filter((line) => line !== '')
}
