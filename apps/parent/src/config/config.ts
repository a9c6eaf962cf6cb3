import { resolve } from 'node:path'

import { ConfigError } from './config-error.ts'
import { crossFieldFaults } from './cross-field-rules.ts'
import type { Environment, EnvironmentReading } from './environment.ts'
import type { Secret } from './secret.ts'

/** Where the enclave's image comes from (DESIGN section 3.1). */
export type ImageSource =
  | { readonly from: 'eif', readonly eifPath: string }
  | { readonly from: 'image', readonly image: string }
  | { readonly from: 'ecs', readonly metadataUris: readonly string[] }

/** Where the role's credentials come from. */
export type CredentialsSource =
  | {
    readonly from: 'container'
    /** Empty texts are "not set". */
    readonly relativeUri: string
    readonly fullUri: string
    readonly token: Secret | undefined
    readonly tokenFile: string
  }
  | { readonly from: 'node-chain' }

/** Everything the parent is told, complete and frozen. Times are milliseconds, paths of files absolute. */
export interface ParentConfig {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly dataDir: string
  readonly logLevel: NonNullable<Environment['LOG_LEVEL']>
  /** How long a stop may wait for requests in flight; 10,000. */
  readonly shutdownGraceMs: number
  /** How long the enclave may take over one request; 10,000. */
  readonly requestDeadlineMs: number
  readonly region: string
  readonly kmsKeyArn: string
  readonly enclave: {
    /** What this parent's enclaves are named after; `enclave-signer`. Two parents of a host need two names. */
    readonly name: string
    readonly cpuCount: number
    readonly memoryMib: number
    readonly cid: number
    readonly debugMode: boolean
    /** 96 lower-case hexadecimal digits. */
    readonly expectedPcr0: string | undefined
  }
  /** Shared by the parents of a host, whose enclaves boot one at a time; see `launch-lock.ts`. */
  readonly launchLockFile: string
  readonly image: ImageSource
  readonly credentials: CredentialsSource
  /** PEM file; AWS's own root where undefined. */
  readonly attestationRootFile: string | undefined
  /** Who keeps the relays running: the parent, or whoever started them as sidecars. */
  readonly relays: 'managed' | 'external'
  /** TCP port of the enclave's relay on loopback. */
  readonly relayPort: number
  /** vsock port at which the enclave finds KMS. */
  readonly kmsProxyPort: number
  /** Paths, or names to be found on PATH. */
  readonly executables: { readonly nitroCli: string, readonly docker: string, readonly socat: string, readonly vsockProxy: string }
}

/**
 * Adds defaults and the rules between variables.
 *
 * @throws ConfigError listing every fault: those of the reading and those between variables.
 */
export function createConfig ({ values, faults }: EnvironmentReading): ParentConfig {
  const all = [...faults, ...crossFieldFaults(values, faults)]
  if (all.length > 0) throw new ConfigError(all)
  return deepFreeze(withDefaults(values))
}

function withDefaults (values: Environment): ParentConfig {
  return {
    host: values.HOST ?? '127.0.0.1',
    port: values.PORT ?? 8080,
    dataDir: resolve(values.DATA_DIR ?? './data'),
    logLevel: values.LOG_LEVEL ?? 'info',
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS ?? 10_000,
    requestDeadlineMs: 10_000,
    region: values.AWS_REGION ?? '',
    kmsKeyArn: values.KMS_KEY_ARN ?? '',
    enclave: {
      name: values.ENCLAVE_NAME ?? 'enclave-signer',
      cpuCount: values.ENCLAVE_CPU_COUNT ?? 2,
      memoryMib: values.ENCLAVE_MEMORY_MIB ?? 2634,
      cid: values.ENCLAVE_CID ?? 16,
      debugMode: values.ENCLAVE_DEBUG_MODE ?? false,
      expectedPcr0: values.EXPECTED_PCR0,
    },
    launchLockFile: resolve(values.LAUNCH_LOCK_FILE ?? '/run/lock/enclave-signer-launch.lock'),
    image: imageSource(values),
    credentials: credentialsSource(values),
    attestationRootFile: values.ATTESTATION_ROOT_FILE === undefined ? undefined : resolve(values.ATTESTATION_ROOT_FILE),
    relays: values.RELAYS ?? 'managed',
    relayPort: values.RELAY_PORT ?? 8888,
    kmsProxyPort: values.KMS_PROXY_PORT ?? 8000,
    executables: {
      nitroCli: values.NITRO_CLI_PATH ?? 'nitro-cli',
      docker: values.DOCKER_PATH ?? 'docker',
      socat: values.SOCAT_PATH ?? 'socat',
      vsockProxy: values.VSOCK_PROXY_PATH ?? 'vsock-proxy',
    },
  }
}

function imageSource (values: Environment): ImageSource {
  if (values.ENCLAVE_EIF_PATH !== undefined) return { from: 'eif', eifPath: resolve(values.ENCLAVE_EIF_PATH) }
  if (values.ENCLAVE_IMAGE !== undefined) return { from: 'image', image: values.ENCLAVE_IMAGE }
  return { from: 'ecs', metadataUris: [values.ECS_CONTAINER_METADATA_URI_V4, values.ECS_CONTAINER_METADATA_URI].filter(uri => uri !== undefined) }
}

function credentialsSource (values: Environment): CredentialsSource {
  const relativeUri = values.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
  const fullUri = values.AWS_CONTAINER_CREDENTIALS_FULL_URI
  if (relativeUri === undefined && fullUri === undefined) return { from: 'node-chain' }
  return {
    from: 'container',
    relativeUri: relativeUri ?? '',
    fullUri: relativeUri === undefined ? fullUri ?? '' : '',
    token: values.AWS_CONTAINER_AUTHORIZATION_TOKEN,
    tokenFile: values.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ?? '',
  }
}

function deepFreeze<T extends object> (value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member)
  }
  return Object.freeze(value)
}
