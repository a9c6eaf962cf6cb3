import type { RelayStatus } from '../relay/relay.ts'
import { measuredImageOf } from '../supervisor/enclave-state.ts'
import type { EnclaveState } from '../supervisor/enclave-state.ts'
import type { EnclaveStatus } from '../supervisor/status.ts'
import type { ServiceStatus } from './routes/status.ts'

/** What the status of the service is made from. */
export interface ServiceStatusSource {
  enclave: EnclaveStatus
  state: EnclaveState
  relays: readonly RelayStatus[]
  /** SHA-256 of the root that attestation documents are checked against, lower-case hexadecimal. */
  attestationRootSha256: string
}

/** The body of `GET /enclave/status`. */
export function serviceStatusOf ({ enclave, state, relays, attestationRootSha256 }: ServiceStatusSource): ServiceStatus {
  const image = measuredImageOf(state)
  return {
    state: enclave.state,
    enclaves: [{ ...enclave, measurements: enclave.measurements === null ? null : { ...enclave.measurements } }],
    relays: relays.map(relay => ({ ...relay, reason: relay.reason ?? null })),
    image: image === undefined
      ? null
      : { eifPath: image.eifPath, name: image.name ?? null, imageId: image.imageId ?? null, measurements: { ...image.measurements } },
    attestationRoot: { sha256: attestationRootSha256 },
  }
}
