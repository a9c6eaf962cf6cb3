import type { CredentialsSource, TlsConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'

/**
 * The settings that the checks hold the host against: what was set and can be read, the service's defaults for the rest. Unlike the
 * service's own configuration it exists whatever faults there are, so that one fault does not hide all others.
 */
export interface DoctorSettings {
  readonly host: string
  readonly port: number
  readonly opsHost: string
  /** Undefined: there is no listener of its own for metrics and probes. */
  readonly opsPort: number | undefined
  /** Whether the API wants credentials or TLS, so that the doctor cannot ask it who it is. */
  readonly secured: boolean
  readonly tlsFiles: TlsConfig | undefined
  readonly callersFile: string | undefined
  /** As it was given. */
  readonly dataDir: string
  readonly region: string | undefined
  readonly enclaveCount: number
  readonly cpuCount: number
  readonly memoryMib: number
  readonly eifPath: string | undefined
  /** Whether ENCLAVE_IMAGE names the image. */
  readonly imageGiven: boolean
  /** Version 4's before version 3's. */
  readonly metadataUris: readonly string[]
  readonly credentials: CredentialsSource
  readonly relays: 'managed' | 'external'
  readonly relayPort: number
  /** Paths, or names to be found on PATH. */
  readonly executables: { readonly nitroCli: string, readonly docker: string, readonly socat: string, readonly vsockProxy: string }
}

/** Adds the defaults of the service to the values that could be read. */
export function doctorSettings (values: Environment): DoctorSettings {
  return {
    host: values.HOST ?? '127.0.0.1',
    port: values.PORT ?? 8080,
    opsHost: values.OPS_HOST ?? values.HOST ?? '127.0.0.1',
    opsPort: values.OPS_PORT,
    secured: values.TLS_CERT_FILE !== undefined || values.CALLERS_FILE !== undefined,
    tlsFiles: tlsFiles(values),
    callersFile: values.CALLERS_FILE,
    dataDir: values.DATA_DIR ?? './data',
    region: values.AWS_REGION,
    enclaveCount: values.ENCLAVE_COUNT ?? 1,
    cpuCount: values.ENCLAVE_CPU_COUNT ?? 2,
    memoryMib: values.ENCLAVE_MEMORY_MIB ?? 2634,
    eifPath: values.ENCLAVE_EIF_PATH,
    imageGiven: values.ENCLAVE_IMAGE !== undefined,
    metadataUris: [values.ECS_CONTAINER_METADATA_URI_V4, values.ECS_CONTAINER_METADATA_URI].filter(uri => uri !== undefined),
    credentials: credentialsSource(values),
    relays: values.RELAYS ?? 'managed',
    relayPort: values.RELAY_PORT ?? 8888,
    executables: {
      nitroCli: values.NITRO_CLI_PATH ?? 'nitro-cli',
      docker: values.DOCKER_PATH ?? 'docker',
      socat: values.SOCAT_PATH ?? 'socat',
      vsockProxy: values.VSOCK_PROXY_PATH ?? 'vsock-proxy',
    },
  }
}

function tlsFiles (values: Environment): TlsConfig | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CLIENT_CA_FILE: clientCaFile } = values
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile, clientCaFile }
}

function credentialsSource (values: Environment): CredentialsSource {
  const relativeUri = values.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ?? ''
  const fullUri = values.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? ''
  if (relativeUri === '' && fullUri === '') return { from: 'node-chain' }
  return {
    from: 'container',
    relativeUri,
    fullUri: relativeUri === '' ? fullUri : '',
    token: values.AWS_CONTAINER_AUTHORIZATION_TOKEN,
    tokenFile: values.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ?? '',
  }
}
