import { html } from './html.ts'
import type { Html } from './html.ts'
import type { Rates } from './rate-history.ts'
import { durationOf } from './time.ts'

const width = 600
const height = 60

/** The rates as two lines, oldest on the left, `seconds` from one to the next; nothing before there are two. */
export function ratesChart (rates: readonly Rates[], seconds: number): Html | null {
  if (rates.length < 2) return null
  const top = Math.max(1, ...rates.flatMap(({ signed, refused }) => [signed, refused]))
  const line = (pick: (rate: Rates) => number): string => rates.map((rate, index) => point(index / (rates.length - 1), pick(rate) / top)).join(' ')
  return html`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="signatures and refusals each second">
<polyline class="good" points="${line(({ signed }) => signed)}"/>
<polyline class="bad" points="${line(({ refused }) => refused)}"/>
</svg>
<small class="legend"><span class="good">signatures</span><span class="bad dashed">refused</span>
the last ${durationOf(rates.length * seconds)}, up to ${top.toFixed(1)} each second</small>`
}

/** `x` and `y` from 0 to 1; SVG's y grows downwards. */
function point (x: number, y: number): string {
  return `${(x * width).toFixed(1)},${(height - 1 - y * (height - 2)).toFixed(1)}`
}
