import type { Setting, SettingFault } from '@enclave-signer/protocol'
import { defaultLimits } from './config.ts'
import type { EnclaveConfig, EnclaveLimits } from './config.ts'
import { partitionOf } from './kms-host.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Longest path of a Unix socket, in bytes (unix(7): `sun_path` has 108 with its final zero). */
const maxSocketPathBytes = 107
/** Other characters mean something in socat's addresses. */
const socketPathPattern = /^[\w./-]+$/
/** Where AWS's own examples have their vsock-proxy listen. */
const defaultKmsProxyPort = 8000
/** vsock ports have 32 bits, and the last one means any (`VMADDR_PORT_ANY`). */
const maxPort = 0xffff_fffe

const regionPattern = /^[a-z]{2}(?:-[a-z]+)+-\d$/
const keyArnPattern = /^arn:(?<partition>aws|aws-cn|aws-us-gov):kms:(?<region>[a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]{1,64}$/

/** One thing that is wrong: names of closed sets only, since the console shows it. */
export interface RefusedSetting {
  readonly setting: Setting
  readonly fault: SettingFault
}

/** The settings of the enclave are not usable; `faults` has all that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
  readonly faults: readonly RefusedSetting[]

  constructor (faults: readonly RefusedSetting[]) {
    super(`the enclave's settings are not usable: ${faults.map(({ setting, fault }) => `${setting} ${fault}`).join(', ')}`)
    this.faults = faults
  }
}

type Refuse = (setting: Setting, fault: SettingFault) => void

/**
 * The enclave's settings from its environment, which is part of the measured image.
 *
 * @throws ConfigError listing every fault at once.
 */
export function configFromEnvironment (env: Environment): EnclaveConfig {
  const faults: RefusedSetting[] = []
  const refuse: Refuse = (setting, fault) => { faults.push({ setting, fault }) }
  const region = readRegion(env, refuse)
  const kmsKeyArn = readKeyArn(env, region, refuse)
  const kmsProxyPort = readCount(env, 'KMS_PROXY_PORT', defaultKmsProxyPort, maxPort, refuse)
  const listenSocket = readSocketPath(env, 'LISTEN_SOCKET', '/run/enclave-signer/enclave.sock', refuse)
  const kmsSocket = readSocketPath(env, 'KMS_SOCKET', '/run/enclave-signer/kms.sock', refuse)
  const limits = readLimits(env, refuse)
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.freeze({ region, kmsKeyArn, kmsProxyPort, listenSocket, kmsSocket, limits })
}

function readRegion (env: Environment, refuse: Refuse): string {
  const region = env.AWS_REGION ?? ''
  if (region === '') refuse('AWS_REGION', 'missing')
  else if (!regionPattern.test(region)) refuse('AWS_REGION', 'malformed')
  return region
}

function readKeyArn (env: Environment, region: string, refuse: Refuse): string {
  const arn = env.KMS_KEY_ARN ?? ''
  const groups = keyArnPattern.exec(arn)?.groups
  if (arn === '') refuse('KMS_KEY_ARN', 'missing')
  else if (groups === undefined) refuse('KMS_KEY_ARN', 'malformed')
  else if (regionPattern.test(region)) {
    if (groups.region !== region) refuse('KMS_KEY_ARN', 'other-region')
    if (groups.partition !== partitionOf(region)) refuse('KMS_KEY_ARN', 'other-partition')
  }
  return arn
}

function readSocketPath (env: Environment, name: 'LISTEN_SOCKET' | 'KMS_SOCKET', preset: string, refuse: Refuse): string {
  const path = env[name] ?? preset
  if (!path.startsWith('/')) refuse(name, 'relative-path')
  else if (!socketPathPattern.test(path)) refuse(name, 'malformed')
  if (Buffer.byteLength(path) > maxSocketPathBytes) refuse(name, 'too-long')
  return path
}

function readLimits (env: Environment, refuse: Refuse): EnclaveLimits {
  return Object.freeze({
    ...defaultLimits,
    keys: readCount(env, 'LIMIT_KEYS', defaultLimits.keys, 100_000, refuse),
    connections: readCount(env, 'LIMIT_CONNECTIONS', defaultLimits.connections, 4096, refuse),
    requestsInFlight: readCount(env, 'LIMIT_REQUESTS_IN_FLIGHT', defaultLimits.requestsInFlight, 65_536, refuse),
  })
}

function readCount (env: Environment, name: Setting, preset: number, max: number, refuse: Refuse): number {
  const text = env[name]
  if (text === undefined) return preset
  const count = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(count <= max)) refuse(name, 'out-of-range')
  return count
}
