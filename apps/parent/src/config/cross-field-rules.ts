import { isLoopback } from '../loopback.ts'
import type { Environment } from './environment.ts'

/** Every enclave's boot needs this vsock port of the parent for its heartbeat (nitro-cli, resource_manager.rs). */
const bootHeartbeatPort = 9000

/** What is wrong between variables, or is not supported; one sentence each. `malformed` keeps a variable from being called missing too. */
export function crossFieldFaults (values: Environment, malformed: readonly string[]): string[] {
  return [
    ...missing(values, malformed),
    ...contradictions(values),
    ...exposures(values),
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
  const { AWS_REGION: region, KMS_KEY_ARN: keyArn, PORT: port = 8080, RELAY_PORT: relayPort = 8888, OPS_PORT: opsPort } = values
  if (region !== undefined && keyArn !== undefined && keyArn.split(':')[3] !== region) {
    faults.push('KMS_KEY_ARN must name a key in the region of AWS_REGION')
  }
  if (values.ENCLAVE_IMAGE !== undefined && values.ENCLAVE_EIF_PATH !== undefined) {
    faults.push('ENCLAVE_IMAGE and ENCLAVE_EIF_PATH contradict each other: set one of them')
  }
  if (port === relayPort) faults.push('PORT and RELAY_PORT must differ')
  if (opsPort !== undefined && opsPort !== 0 && opsPort === port) faults.push('OPS_PORT and PORT must differ')
  if (opsPort !== undefined && opsPort === relayPort) faults.push('OPS_PORT and RELAY_PORT must differ')
  if (values.OPS_HOST !== undefined && opsPort === undefined) faults.push('OPS_HOST needs OPS_PORT')
  if (values.KMS_PROXY_PORT === bootHeartbeatPort) {
    faults.push(`KMS_PROXY_PORT must not be ${bootHeartbeatPort}: every booting enclave needs that vsock port`)
  }
  return faults
}

/** What keeps the API from being reached by whoever it does not know, and credentials from being read on the way. */
function exposures (values: Environment): string[] {
  const { HOST: host = '127.0.0.1', CALLERS_FILE: callers, TLS_CERT_FILE: certificate, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: authorities } = values
  const faults: string[] = []
  if (!isLoopback(host)) {
    if (callers === undefined) faults.push('HOST must be a loopback address where there is no CALLERS_FILE: everybody who reaches it may sign')
    if (certificate === undefined) faults.push('HOST must be a loopback address where there is no TLS_CERT_FILE: credentials must not travel in clear')
  }
  if (certificate === undefined && key !== undefined) faults.push('TLS_KEY_FILE needs TLS_CERT_FILE: set both or none')
  if (certificate !== undefined && key === undefined) faults.push('TLS_CERT_FILE needs TLS_KEY_FILE: set both or none')
  if (authorities !== undefined && certificate === undefined) faults.push('TLS_CLIENT_CA_FILE needs TLS_CERT_FILE: client certificates are part of TLS')
  if (authorities !== undefined && callers === undefined) faults.push('TLS_CLIENT_CA_FILE needs CALLERS_FILE: a certificate says who somebody is, not what he may do')
  return faults
}

function unsupported (values: Environment): string[] {
  return (values.ENCLAVE_COUNT ?? 1) > 1 ? ['ENCLAVE_COUNT above 1 is not supported by this version'] : []
}
