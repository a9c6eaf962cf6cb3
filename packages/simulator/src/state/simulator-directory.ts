import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { SimulatorError } from '../errors.ts'
import { vsockDirectory } from '../vsock/vsock-path.ts'

/** Where each part of the simulated host keeps its state. */
export interface SimulatorPaths {
  readonly directory: string
  readonly hostFile: string
  readonly nsm: string
  readonly kms: string
  /** The CA that the simulated KMS's certificate is from, PEM. */
  readonly kmsCa: string
  readonly images: string
  readonly enclaves: string
  /** nitro-cli's err files. */
  readonly logs: string
  /** The sockets that stand for vsock addresses, and those of the enclave processes. */
  readonly vsock: string
}

/** The layout of a state directory, which must exist. Nothing is created. */
export function simulatorPaths (directory: string): SimulatorPaths {
  return {
    directory,
    hostFile: join(directory, 'host.json'),
    nsm: join(directory, 'nsm'),
    kms: join(directory, 'kms'),
    kmsCa: join(directory, 'kms', 'ca.pem'),
    images: join(directory, 'images'),
    enclaves: join(directory, 'enclaves'),
    logs: join(directory, 'logs'),
    vsock: vsockDirectory(directory),
  }
}

/**
 * The state directory that the executables work on.
 *
 * @param environment - Its `NITRO_SIMULATOR_DIR` names the directory; `NITRO_CLI_LOGS_PATH` another folder for the err files.
 * @throws SimulatorError `STATE_DIRECTORY_MISSING` when the variable is not set or names no simulated host's directory.
 */
export function simulatorDirectory (environment: Readonly<Record<string, string | undefined>>): SimulatorPaths {
  const directory = environment.NITRO_SIMULATOR_DIR
  if (!directory) throw new SimulatorError('STATE_DIRECTORY_MISSING', 'NITRO_SIMULATOR_DIR names no directory: there is no simulated Nitro host')
  if (!existsSync(join(directory, 'host.json'))) {
    throw new SimulatorError('STATE_DIRECTORY_MISSING', `no simulated Nitro host has been started in ${directory}`, { facts: { subject: directory } })
  }
  const paths = simulatorPaths(resolve(directory))
  return { ...paths, logs: environment.NITRO_CLI_LOGS_PATH ?? paths.logs }
}
