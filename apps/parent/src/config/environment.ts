import { auditModes } from '../audit/audit.ts'
import { flag, matching, oneOf, pcr, rate, secret, text, url, wholeNumber } from './readers.ts'
import type { Reader } from './readers.ts'

const port = wholeNumber(1, 65535)

/** Every variable the parent reads and how. Whether a value fits the others is decided in `config.ts`. */
const readers = {
  HOST: text,
  PORT: wholeNumber(0, 65535),
  DATA_DIR: text,
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  AUDIT: oneOf(...auditModes),
  AUDIT_FILE_BYTES: wholeNumber(65_536, 4_294_967_296),
  IDEMPOTENCY_WINDOW_MS: wholeNumber(1000, 86_400_000),
  SHUTDOWN_GRACE_MS: wholeNumber(0, 600_000),
  AWS_REGION: matching(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/, 'the name of an AWS region, such as eu-central-1'),
  KMS_KEY_ARN: matching(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,64}$/, 'the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias'),
  // What this parent's enclaves are called (name, a hyphen, number), so that several parents of a host can tell theirs apart.
  ENCLAVE_NAME: matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, '1 to 64 letters, digits, ".", "_" and "-"'),
  ENCLAVE_COUNT: wholeNumber(1, 4),
  ENCLAVE_CPU_COUNT: wholeNumber(1, 1024),
  ENCLAVE_MEMORY_MIB: wholeNumber(64, 16_777_216),
  // 0 to 3 are taken (3 is the parent), 0xffffffff means any (nitro-cli, E03).
  ENCLAVE_CID: wholeNumber(4, 0xfffffffe),
  ENCLAVE_IMAGE: matching(/^[\w][\w./:@-]{0,511}$/, 'the name of an image'),
  ENCLAVE_EIF_PATH: text,
  EXPECTED_PCR0: pcr,
  ENCLAVE_DEBUG_MODE: flag,
  // In a folder that all parents of the host share: enclaves of a host boot one at a time.
  LAUNCH_LOCK_FILE: matching(/^.{1,90}$/, 'a path of at most 90 characters (it is a Unix socket)'),
  RELAYS: oneOf('managed', 'external'),
  RELAY_PORT: port,
  KMS_PROXY_PORT: wholeNumber(1, 0xfffffffe),
  ATTESTATION_ROOT_FILE: text,
  NITRO_CLI_PATH: text,
  SOCAT_PATH: text,
  VSOCK_PROXY_PATH: text,
  DOCKER_PATH: text,
  TLS_CERT_FILE: text,
  TLS_KEY_FILE: text,
  TLS_CLIENT_CA_FILE: text,
  CALLERS_FILE: text,
  RATE_PER_CALLER: rate,
  RATE_PER_KEY: rate,
  MAX_REQUESTS_IN_FLIGHT: wholeNumber(1, 1000),
  MAX_CONNECTIONS: wholeNumber(1, 100_000),
  REQUEST_TIMEOUT_MAX_MS: wholeNumber(1, 60_000),
  OPS_HOST: text,
  OPS_PORT: wholeNumber(0, 65535),
  // The other OTEL_ variables are read by OpenTelemetry's SDK itself.
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_SERVICE_NAME: text,
  ECS_CONTAINER_METADATA_URI: url,
  ECS_CONTAINER_METADATA_URI_V4: url,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: matching(/^\//, 'a path that begins with /'),
  AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: secret,
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: text,
} satisfies Record<string, Reader<unknown>>

type Readers = typeof readers
type ValueOf<R> = R extends Reader<infer T> ? T : never

/** The variables that were set, as values. */
export type Environment = { readonly [Name in keyof Readers]?: ValueOf<Readers[Name]> }

/** What reading an environment gave: the good values, and a sentence about each malformed one. */
export interface EnvironmentReading {
  values: Environment
  faults: string[]
}

/** Reads every variable the parent knows; an empty one counts as not set. Faults name the variable, never its value. */
export function readEnvironment (env: Readonly<Record<string, string | undefined>>): EnvironmentReading {
  const values: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [name, read] of Object.entries<Reader<unknown>>(readers)) {
    const value = env[name]
    if (value === undefined || value === '') continue
    const reading = read(value)
    if ('value' in reading) values[name] = reading.value
    else faults.push(`${name} must be ${reading.expected}`)
  }
  return { values, faults }
}
