import type { CredentialKind, RefusalReason } from '../callers/verdict.ts'
import type { ReloadMetrics } from '../reload/watched-value.ts'
import type { MetricMaker } from './metric-maker.ts'

/** What each kind of credentials is turned away for. */
const refusalReasons: Readonly<Record<CredentialKind, readonly RefusalReason[]>> = {
  none: ['missing'],
  token: ['malformed', 'unknown'],
  jwt: ['malformed', 'unknown', 'ambiguous', 'untrusted', 'not-yet-valid', 'expired', 'used', 'issuer-unavailable', 'overloaded'],
  certificate: ['unknown', 'ambiguous', 'untrusted', 'not-yet-valid', 'expired'],
}

/** What the callers, and the files that say who they are, report. */
export interface AccessMetrics extends ReloadMetrics {
  /** Somebody whom nobody knows was turned away. */
  callerRefused: (credential: CredentialKind, reason: RefusalReason) => void
  /** How many callers are in force. */
  callersKnown: (count: number) => void
  /** `at` is unix time in milliseconds. */
  certificateExpires: (at: number) => void
}

export function accessMetrics (make: MetricMaker): AccessMetrics {
  const refused = make.counter('callers_refused_total', 'Requests turned away because their sender is not known, by what they showed and why it did not do', ['credential', 'reason'])
  const callers = make.gauge('callers', 'Callers in the callers file that is in force')
  const loaded = make.gauge('files_loaded_timestamp_seconds', 'When the files in force were read, unix time', ['name'])
  const filesRefused = make.gauge('files_refused', '1 while changed files are refused and those before are in force', ['name'])
  const filesRefusals = make.counter('files_refusals_total', 'Changed files that were refused', ['name'])
  const certificateExpiry = make.gauge('tls_certificate_expiry_timestamp_seconds', 'When the certificate of the API expires, unix time')
  for (const [credential, reasons] of Object.entries(refusalReasons)) {
    for (const reason of reasons) refused.inc({ credential, reason }, 0)
  }
  return {
    callerRefused: (credential, reason) => { refused.inc({ credential, reason }) },
    callersKnown: count => { callers.set(count) },
    certificateExpires: at => { certificateExpiry.set(at / 1000) },
    filesLoaded: (name, at) => {
      loaded.set({ name }, at / 1000)
      filesRefused.set({ name }, 0)
      filesRefusals.inc({ name }, 0)
    },
    filesRefused: name => {
      filesRefused.set({ name }, 1)
      filesRefusals.inc({ name })
    },
  }
}
