import type { Check, DoctorContext } from '../check.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { DoctorSettings } from '../settings.ts'
import { systemErrorSentence } from '../system-error.ts'

/** AWS refuses requests signed five minutes off (Signature Version 4). */
const refusedMs = 5 * 60_000
/** A Date header has whole seconds; a host that keeps time is well within this. */
const oddMs = 10_000
/** Where ECS_CONTAINER credentials of a relative address are (Amazon ECS developer guide, task IAM roles). */
const ecsCredentialsHost = 'http://169.254.170.2'

const advice = 'let the host keep time with the Amazon Time Sync Service (chrony, 169.254.169.123); "chronyc tracking" shows how far it is off'

/** This host's clock against the Date header of the ECS endpoints. */
export const clockCheck: Check = {
  name: 'clock',
  run: async ({ settings, now }, signal) => {
    const address = endpointOf(settings)
    if (address === undefined) return warning('there is no ECS endpoint to compare it with', advice)
    try {
      const date = await dateOf(address, signal)
      return date === undefined ? warning('the ECS endpoint sends no date to compare it with', advice) : judge(date, now)
    } catch (error) {
      const { cause = error } = error instanceof Error ? error : {}
      return warning(`the ECS endpoint to compare it with ${systemErrorSentence(cause)}`, advice)
    }
  },
}

function endpointOf ({ metadataUris: [metadata], credentials }: DoctorSettings): string | undefined {
  if (metadata !== undefined || credentials.from !== 'container') return metadata
  return credentials.relativeUri === '' ? credentials.fullUri : `${ecsCredentialsHost}${credentials.relativeUri}`
}

/** Of the answer only its head is read, whatever its status. */
async function dateOf (address: string, signal: AbortSignal): Promise<number | undefined> {
  const answer = await fetch(address, { signal })
  await answer.body?.cancel()
  const date = Date.parse(answer.headers.get('date') ?? '')
  return Number.isNaN(date) ? undefined : date
}

function judge (date: number, now: DoctorContext['now']): Finding {
  const offMs = now() - date
  const offSeconds = Math.trunc(offMs / 1000)
  const facts = { offSeconds }
  if (Math.abs(offMs) < oddMs) return ok('it agrees with the ECS endpoint', facts)
  const summary = `it is ${Math.abs(offSeconds)} s ${offMs > 0 ? 'ahead of' : 'behind'} the ECS endpoint`
  return Math.abs(offMs) < refusedMs ? warning(summary, advice, facts) : failed(summary, advice, facts)
}
