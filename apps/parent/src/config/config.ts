import { resolve } from 'node:path'

import type { AuditMode } from '../audit/audit.ts'
import { defaultLimits, enclaveDeadlineMs } from '../limits/limit-settings.ts'
import type { LimitSettings } from '../limits/limit-settings.ts'
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

/** PEM files. */
export interface TlsConfig {
  readonly certFile: string
  readonly keyFile: string
  /** Authorities of client certificates; none are asked for where undefined. */
  readonly clientCaFile: string | undefined
}

/** Everything the parent is told, complete and frozen. Times are milliseconds, paths of files absolute. */
export interface ParentConfig {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly dataDir: string
  readonly logLevel: NonNullable<Environment['LOG_LEVEL']>
  /** Spans are sent, as those of `serviceName`, to the OpenTelemetry endpoint that the environment names; none where undefined. */
  readonly tracing: { readonly serviceName: string } | undefined
  /** How long answers are remembered under their idempotency keys; 600,000. */
  readonly idempotencyWindowMs: number
  /** Who may call; everybody on loopback where undefined. */
  readonly callersFile: string | undefined
  /** Plain HTTP where undefined. */
  readonly tls: TlsConfig | undefined
  /** A listener of its own for metrics and probes. */
  readonly ops: { readonly host: string, readonly port: number } | undefined
  /** How much an answer waits for the audit log, and the size at which one of its files is followed by another. */
  readonly audit: { readonly mode: AuditMode, readonly fileBytes: number }
  /** How long a stop may wait for requests in flight; 10,000. */
  readonly shutdownGraceMs: number
  /** How long an enclave may take over one request of the service itself, and at most over one of a caller. */
  readonly requestDeadlineMs: number
  /** What the service bears; see {@link defaultLimits}. */
  readonly limits: LimitSettings
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
    tracing: values.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? undefined : { serviceName: values.OTEL_SERVICE_NAME ?? 'enclave-signer' },
    idempotencyWindowMs: values.IDEMPOTENCY_WINDOW_MS ?? 600_000,
    callersFile: absolute(values.CALLERS_FILE),
    tls: tlsConfig(values),
    ops: values.OPS_PORT === undefined ? undefined : { host: values.OPS_HOST ?? values.HOST ?? '127.0.0.1', port: values.OPS_PORT },
    audit: { mode: values.AUDIT ?? 'on', fileBytes: values.AUDIT_FILE_BYTES ?? 64 * 1024 * 1024 },
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS ?? 10_000,
    requestDeadlineMs: enclaveDeadlineMs(limitSettings(values)),
    limits: limitSettings(values),
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
    attestationRootFile: absolute(values.ATTESTATION_ROOT_FILE),
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

function tlsConfig (values: Environment): TlsConfig | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CLIENT_CA_FILE: clientCaFile } = values
  if (certFile === undefined || keyFile === undefined) return undefined
  return { certFile: resolve(certFile), keyFile: resolve(keyFile), clientCaFile: absolute(clientCaFile) }
}

function absolute (path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path)
}

function limitSettings (values: Environment): LimitSettings {
  return {
    ratePerCaller: values.RATE_PER_CALLER,
    ratePerKey: values.RATE_PER_KEY,
    maxRequestsInFlight: values.MAX_REQUESTS_IN_FLIGHT ?? defaultLimits.maxRequestsInFlight,
    maxConnections: values.MAX_CONNECTIONS ?? defaultLimits.maxConnections,
    requestTimeoutMaxMs: values.REQUEST_TIMEOUT_MAX_MS ?? defaultLimits.requestTimeoutMaxMs,
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
