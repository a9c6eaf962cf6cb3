import type { Check } from './check.ts'
import { allocatorCheck } from './checks/allocator.ts'
import { allowListCheck } from './checks/allow-list.ts'
import { callersCheck } from './checks/callers.ts'
import { clockCheck } from './checks/clock.ts'
import { configurationCheck } from './checks/configuration.ts'
import { credentialsCheck } from './checks/credentials.ts'
import { dataDirCheck } from './checks/data-dir.ts'
import { enclaveDeviceCheck, vsockDeviceCheck } from './checks/devices.ts'
import { dockerSocketCheck } from './checks/docker-socket.ts'
import { dockerCheck } from './checks/docker.ts'
import { ecsMetadataCheck } from './checks/ecs-metadata.ts'
import { eifCheck } from './checks/eif.ts'
import { enclaveCpusCheck } from './checks/enclave-cpus.ts'
import { hugepagesCheck } from './checks/hugepages.ts'
import { nitroCliCheck } from './checks/nitro-cli.ts'
import { apiPortCheck, opsPortCheck, relayPortsCheck } from './checks/ports.ts'
import { socatCheck } from './checks/socat.ts'
import { tlsCheck } from './checks/tls.ts'
import { hugepagesVolumeCheck, logVolumeCheck, settingsVolumeCheck } from './checks/volumes.ts'
import { vsockProxyCheck } from './checks/vsock-proxy.ts'

/** All of them, in the order of the output: what is set, the enclave's host, images, relays, ECS, the service itself. */
export const checks: readonly Check[] = [
  configurationCheck,
  nitroCliCheck,
  enclaveDeviceCheck,
  vsockDeviceCheck,
  enclaveCpusCheck,
  allocatorCheck,
  hugepagesCheck,
  eifCheck,
  dockerCheck,
  dockerSocketCheck,
  logVolumeCheck,
  settingsVolumeCheck,
  hugepagesVolumeCheck,
  vsockProxyCheck,
  allowListCheck,
  socatCheck,
  ecsMetadataCheck,
  credentialsCheck,
  dataDirCheck,
  callersCheck,
  tlsCheck,
  apiPortCheck,
  opsPortCheck,
  relayPortsCheck,
  clockCheck,
]
