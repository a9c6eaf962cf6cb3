import type { KeyStore } from './key-store/key-store.ts'
import type { Parameters } from './parameters.ts'
import type { Principal } from './principal.ts'

/** What every operation works on. */
export interface KmsService {
  readonly keys: KeyStore
  readonly region: string
  readonly accountId: string
  /** `arn:aws:kms:<region>:<account>`. */
  readonly arnPrefix: string
  /** PEM of the only root under which attestation documents count. */
  readonly attestationRoot: string
  readonly now: () => number
}

/** One authenticated request. */
export interface Call {
  readonly caller: Principal
  readonly request: Parameters
}

/** One operation of the API: answers the members of the JSON body, or throws a KmsError. */
export type Operation = (service: KmsService, call: Call) => Promise<object> | object
