import type { Nsm } from '@enclave-signer/enclave'

import type { NsmRequests } from '../../nsm/requests.ts'

/** The simulated virtual machine that a program finds itself in. Its stdout and stderr are the console. */
export interface SimulatedMachine {
  readonly cid: number
  /** What the image's `cmd` says. */
  readonly command: readonly string[]
  /** What the image's `env` says, and nothing else. */
  readonly environment: Readonly<Record<string, string>>
  readonly nsm: Nsm
  /** The same NSM as its device has it. */
  readonly nsmRequests: NsmRequests
  /** The Unix socket that stands for a vsock address of this host. */
  vsockPath (cid: number, port: number): string
  /** The CA of the simulated KMS, PEM. */
  readonly kmsTlsRoots: readonly string[]
}

/** A program that has started and listens. */
export interface RunningProgram {
  /** Settles when the program has ended, whoever ended it. */
  readonly closed: Promise<unknown>
  close (): Promise<void>
}

/** What a module named in `programs` of host.json exports. */
export interface EnclaveProgram {
  /** Starts the program; resolves when it listens, which is when the enclave counts as booted. */
  start (machine: SimulatedMachine): Promise<RunningProgram>
}
