import { configFromEnvironment, createEnclave } from '@enclave-signer/enclave'

import { parentCid } from '../../vsock/vsock-path.ts'
import type { RunningProgram, SimulatedMachine } from './program.ts'

/** Where enclave-signer's enclave listens. */
const enclavePort = 8888
/** Where its parent's vsock-proxy listens, unless the image's `KMS_PROXY_PORT` names another port. */
const defaultKmsProxyPort = 8000

/**
 * Starts the product's enclave program with the simulated NSM and trust in the simulated KMS; the measured environment decides the rest.
 *
 * @throws what `configFromEnvironment` and `createEnclave` throw
 */
export async function start (machine: SimulatedMachine): Promise<RunningProgram> {
  const config = {
    ...configFromEnvironment(machine.environment),
    listenSocket: machine.vsockPath(machine.cid, enclavePort),
    kmsSocket: machine.vsockPath(parentCid, Number(machine.environment.KMS_PROXY_PORT ?? defaultKmsProxyPort)),
  }
  return await createEnclave(config, { nsm: machine.nsm, kmsTlsRoots: machine.kmsTlsRoots })
}
