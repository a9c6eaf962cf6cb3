import { html } from './html.ts'
import type { Html } from './html.ts'

const good = new Set(['ready', 'running', 'external'])
const bad = new Set(['failed', 'backing-off', 'stopped'])

/** A state by its name, coloured: well, in trouble, or on the way. */
export function stateBadge (state: string): Html {
  const colour = good.has(state) ? 'good' : bad.has(state) ? 'bad' : 'busy'
  return html`<span class="state ${colour}">${state}</span>`
}
