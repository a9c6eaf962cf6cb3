import type { ServiceStatus } from '../schemas/status.ts'
import { enclaveSection } from './enclave-section.ts'
import { html, Html } from './html.ts'
import { ratesChart } from './rates-chart.ts'
import type { Rates } from './rate-history.ts'
import { stateBadge } from './state-badge.ts'
import { style } from './style.ts'
import { table } from './table.ts'
import { timeOf } from './time.ts'

/** What the page shows. */
export interface PageFacts {
  status: ServiceStatus
  keys: { readable: number, unreadable: number }
  /** Per second, oldest first. */
  rates: readonly Rates[]
  /** Between two of them. */
  rateSeconds: number
  /** When it was made, ISO 8601. */
  at: string
}

/** The status page, whole. */
export function statusPage ({ status, keys, rates, rateSeconds, at }: PageFacts): string {
  const now = rates.at(-1)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${status.state} – enclave-signer</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><h1>enclave-signer</h1>${stateBadge(status.state)}</header>
<section>
<div class="figures">
<span><b>${shortNumber(now?.signed)}</b>signatures each second</span>
<span class="${now !== undefined && now.refused > 0 ? 'bad' : ''}"><b>${shortNumber(now?.refused)}</b>refused each second</span>
<span><b>${keys.readable}</b>keys stored</span>
${keys.unreadable > 0 ? html`<span class="bad"><b>${keys.unreadable}</b>key files unreadable</span>` : null}
</div>
${ratesChart(rates, rateSeconds)}
</section>
${status.enclaves.map(enclave => enclaveSection(enclave, at))}
${relaysSection(status.relays)}
${imageSection(status)}
<footer>As of ${timeOf(at)}. This page brings itself up to date every two seconds; <a href="/enclave/status">the same as JSON</a>, <a href="/docs">the API</a>.</footer>
</body>
</html>
`.text
}

function relaysSection (relays: ServiceStatus['relays']): Html {
  const rows = relays.map(({ name, state, restarts, reason }) => [name, stateBadge(state), restarts, reason])
  return html`<section><h2>Relays</h2>${table(['name', 'state', 'restarts', 'reason'], rows)}</section>`
}

function imageSection ({ image, attestationRoot }: ServiceStatus): Html {
  return html`<section><h2>Image</h2><dl>
<dt>name</dt><dd>${image?.name ?? 'not known'}</dd>
<dt>EIF</dt><dd><code>${image?.eifPath ?? 'not made yet'}</code></dd>
${image?.progress == null || image.measurements !== null ? null : html`<dt>being made since</dt><dd>${timeOf(image.progress.since)}: ${image.progress.lastLine}</dd>`}
${Object.entries(image?.measurements ?? {}).map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}
<dt>attestation root</dt><dd><code>${attestationRoot.sha256}</code></dd>
</dl></section>`
}

function shortNumber (value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1)
}
