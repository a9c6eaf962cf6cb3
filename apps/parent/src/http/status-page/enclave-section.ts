import type { ServiceStatus } from '../schemas/status.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { stateBadge } from './state-badge.ts'
import { table } from './table.ts'
import { timeFrom, timeOf } from './time.ts'

type Enclave = ServiceStatus['enclaves'][number]

/** One enclave: what it is, how it does, and what went wrong with it lately. `now` is ISO 8601. */
export function enclaveSection (enclave: Enclave, now: string): Html {
  const { name, enclaveId, cid, state, since, reason, nextAttemptAt, restarts, debugMode, credentialsExpireAt, keysLoaded } = enclave
  return html`<section><h2>${name} ${stateBadge(state)} ${debugMode ? html`<span class="state bad">debug mode</span>` : null}</h2><dl>
<dt>since</dt><dd>${timeFrom(since, now)}</dd>
${reason === null ? null : html`<dt>reason</dt><dd class="bad">${reason}</dd>`}
${nextAttemptAt === null ? null : html`<dt>next attempt</dt><dd>${timeFrom(nextAttemptAt, now)}</dd>`}
<dt>enclave id, CID</dt><dd><code>${enclaveId ?? 'none'}</code>, ${cid ?? 'none'}</dd>
<dt>restarts</dt><dd>${restarts}</dd>
<dt>keys loaded</dt><dd>${keysLoaded ?? 'not known'}</dd>
<dt>credentials until</dt><dd>${credentialsExpireAt === null ? 'none handed over' : timeFrom(credentialsExpireAt, now)}</dd>
${healthRows(enclave.health)}
${Object.entries(enclave.measurements ?? {}).map(([pcr, value]) => html`<dt>${pcr}</dt><dd><code>${value}</code></dd>`)}
</dl>${failuresTable(enclave.failures)}</section>`
}

function healthRows (health: Enclave['health']): Html | null {
  if (health === null) return null
  const { roundTripMs, missedPings, eventLoopDelayMs, residentBytes, clockDifferenceMs } = health
  return html`<dt>latest ping</dt><dd>${roundTripMs.toFixed(1)} ms, ${missedPings} missed in a row</dd>
<dt>event loop delay</dt><dd>${eventLoopDelayMs.toFixed(1)} ms</dd>
<dt>memory</dt><dd>${Math.round(residentBytes / 2 ** 20)} MiB</dd>
<dt>clock difference</dt><dd>${clockDifferenceMs.toFixed(0)} ms</dd>`
}

function failuresTable (failures: Enclave['failures']): Html | null {
  if (failures.length === 0) return null
  const rows = failures.map(({ at, state, code, reason, count }) => [timeOf(at), state, code, reason, count])
  return html`<h3>Latest failures</h3>${table(['at', 'in', 'code', 'reason', 'times'], rows)}`
}
