import type { AuditStatus } from '../audit/audit.ts'
import type { ProgressStatus } from '../image/image-progress.ts'
import type { RelayStatus } from '../relay/relay.ts'
import type { WatchedStatus } from '../reload/watched-value.ts'
import { measuredImageOf } from '../supervisor/enclave-state.ts'
import type { EnclaveState } from '../supervisor/enclave-state.ts'
import type { EnclaveStatus } from '../supervisor/status.ts'
import type { ServiceStatus } from './schemas/status.ts'

/** What the status of the service is made from. */
export interface ServiceStatusSource {
  enclave: EnclaveStatus
  state: EnclaveState
  relays: readonly RelayStatus[]
  /** Of an EIF that is or was made in this life of the process. */
  progress: ProgressStatus | undefined
  audit: AuditStatus
  /** Those that are read again when they change. */
  files: WatchedStatus[]
  /** SHA-256 of the root that attestation documents are checked against, lower-case hexadecimal. */
  attestationRootSha256: string
}

/** The body of `GET /enclave/status`. */
export function serviceStatusOf (source: ServiceStatusSource): ServiceStatus {
  const { enclave, state, relays, progress, audit, files, attestationRootSha256 } = source
  return {
    state: enclave.state,
    enclaves: [{ ...enclave, measurements: enclave.measurements === null ? null : { ...enclave.measurements } }],
    relays: relays.map(relay => ({ ...relay, reason: relay.reason ?? null })),
    image: imageStatusOf(state, progress),
    audit,
    files,
    attestationRoot: { sha256: attestationRootSha256 },
  }
}

/** Null before anything is known of it. */
function imageStatusOf (state: EnclaveState, progress: ProgressStatus | undefined): ServiceStatus['image'] {
  const image = 'image' in state ? state.image : undefined
  if (image === undefined && progress === undefined) return null
  const measurements = measuredImageOf(state)?.measurements
  return {
    eifPath: image?.eifPath ?? null,
    name: image?.name ?? null,
    imageId: image?.imageId ?? null,
    measurements: measurements === undefined ? null : { ...measurements },
    progress: progress ?? null,
  }
}
