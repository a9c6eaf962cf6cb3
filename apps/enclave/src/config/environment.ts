import { defaultLimits } from './config.ts'
import type { EnclaveConfig, EnclaveLimits } from './config.ts'
import { partitionOf } from './kms-host.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Longest path of a Unix socket, in bytes (unix(7): `sun_path` has 108 with its final zero). */
const maxSocketPathBytes = 107

const regionPattern = /^[a-z]{2}(?:-[a-z]+)+-\d$/
const keyArnPattern = /^arn:(?<partition>aws|aws-cn|aws-us-gov):kms:(?<region>[a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]{1,64}$/

/** The settings of the enclave are not usable; the message lists every fault, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
  readonly faults: readonly string[]

  constructor (faults: readonly string[]) {
    super(`the enclave's settings are not usable:\n${faults.map(fault => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

/**
 * The enclave's settings from its environment, which is part of the measured image.
 *
 * @throws ConfigError listing every fault at once.
 */
export function configFromEnvironment (env: Environment): EnclaveConfig {
  const faults: string[] = []
  const region = readRegion(env, faults)
  const kmsKeyArn = readKeyArn(env, region, faults)
  const listenSocket = readSocketPath(env, 'LISTEN_SOCKET', '/run/enclave-signer/enclave.sock', faults)
  const kmsSocket = readSocketPath(env, 'KMS_SOCKET', '/run/enclave-signer/kms.sock', faults)
  const limits = readLimits(env, faults)
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.freeze({ region, kmsKeyArn, listenSocket, kmsSocket, limits })
}

function readRegion (env: Environment, faults: string[]): string {
  const region = env.AWS_REGION ?? ''
  if (region === '') faults.push('AWS_REGION is missing')
  else if (!regionPattern.test(region)) faults.push('AWS_REGION is not the name of an AWS region')
  return region
}

function readKeyArn (env: Environment, region: string, faults: string[]): string {
  const arn = env.KMS_KEY_ARN ?? ''
  const groups = keyArnPattern.exec(arn)?.groups
  if (arn === '') faults.push('KMS_KEY_ARN is missing')
  else if (groups === undefined) faults.push('KMS_KEY_ARN is not the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>)')
  else if (regionPattern.test(region)) {
    if (groups.region !== region) faults.push('KMS_KEY_ARN lies in another region than AWS_REGION')
    if (groups.partition !== partitionOf(region)) faults.push('KMS_KEY_ARN lies in another partition than AWS_REGION')
  }
  return arn
}

function readSocketPath (env: Environment, name: string, preset: string, faults: string[]): string {
  const path = env[name] ?? preset
  if (!path.startsWith('/')) faults.push(`${name} is not an absolute path`)
  if (Buffer.byteLength(path) > maxSocketPathBytes) faults.push(`${name} is longer than ${maxSocketPathBytes} bytes`)
  return path
}

function readLimits (env: Environment, faults: string[]): EnclaveLimits {
  return Object.freeze({
    ...defaultLimits,
    keys: readCount(env, 'LIMIT_KEYS', defaultLimits.keys, 100_000, faults),
    connections: readCount(env, 'LIMIT_CONNECTIONS', defaultLimits.connections, 4096, faults),
    requestsInFlight: readCount(env, 'LIMIT_REQUESTS_IN_FLIGHT', defaultLimits.requestsInFlight, 65_536, faults),
  })
}

function readCount (env: Environment, name: string, preset: number, max: number, faults: string[]): number {
  const text = env[name]
  if (text === undefined) return preset
  const count = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(count <= max)) faults.push(`${name} is not a whole number from 1 to ${max}`)
  return count
}
