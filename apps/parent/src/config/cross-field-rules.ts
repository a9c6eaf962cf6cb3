import { isIP } from 'node:net'

import type { Environment } from './environment.ts'

/** Every enclave's boot needs this vsock port of the parent for its heartbeat (nitro-cli, resource_manager.rs). */
const bootHeartbeatPort = 9000

/** What is wrong between variables, or is not supported; one sentence each. `malformed` keeps a variable from being called missing too. */
export function crossFieldFaults (values: Environment, malformed: readonly string[]): string[] {
  return [
    ...missing(values, malformed),
    ...contradictions(values),
    ...unsupported(values),
  ]
}

function missing (values: Environment, malformed: readonly string[]): string[] {
  const isMalformed = (name: string): boolean => malformed.some(fault => fault.startsWith(`${name} `))
  const faults = (['AWS_REGION', 'KMS_KEY_ARN'] as const)
    .filter(name => values[name] === undefined && !isMalformed(name))
    .map(name => `${name} must be set: it is a measured setting of the enclave`)
  const imageVariables = ['ENCLAVE_EIF_PATH', 'ENCLAVE_IMAGE', 'ECS_CONTAINER_METADATA_URI_V4', 'ECS_CONTAINER_METADATA_URI'] as const
  if (imageVariables.every(name => values[name] === undefined && !isMalformed(name))) {
    faults.push('ENCLAVE_IMAGE or ENCLAVE_EIF_PATH must be set where there is no ECS metadata endpoint (ECS_CONTAINER_METADATA_URI_V4)')
  }
  return faults
}

function contradictions (values: Environment): string[] {
  const faults: string[] = []
  const { AWS_REGION: region, KMS_KEY_ARN: keyArn, PORT: port = 8080, RELAY_PORT: relayPort = 8888 } = values
  if (region !== undefined && keyArn !== undefined && keyArn.split(':')[3] !== region) {
    faults.push('KMS_KEY_ARN must name a key in the region of AWS_REGION')
  }
  if (values.ENCLAVE_IMAGE !== undefined && values.ENCLAVE_EIF_PATH !== undefined) {
    faults.push('ENCLAVE_IMAGE and ENCLAVE_EIF_PATH contradict each other: set one of them')
  }
  if (port === relayPort) faults.push('PORT and RELAY_PORT must differ')
  if (values.KMS_PROXY_PORT === bootHeartbeatPort) {
    faults.push(`KMS_PROXY_PORT must not be ${bootHeartbeatPort}: every booting enclave needs that vsock port`)
  }
  return faults
}

function unsupported (values: Environment): string[] {
  const faults: string[] = []
  if (values.HOST !== undefined && !isLoopback(values.HOST)) {
    faults.push('HOST must be a loopback address: this version does not authenticate callers')
  }
  for (const name of ['TLS_CERT_FILE', 'TLS_KEY_FILE', 'TLS_CLIENT_CA_FILE', 'CALLERS_FILE'] as const) {
    if (values[name] !== undefined) faults.push(`${name} is not supported by this version: it serves plain HTTP on loopback only`)
  }
  if ((values.ENCLAVE_COUNT ?? 1) > 1) faults.push('ENCLAVE_COUNT above 1 is not supported by this version')
  return faults
}

function isLoopback (host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
