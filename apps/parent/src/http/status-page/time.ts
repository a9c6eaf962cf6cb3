import { html } from './html.ts'
import type { Html } from './html.ts'

/** A time as people read it, in one piece: `2026-01-15 10:20:30 UTC`. Takes ISO 8601 in UTC. */
export function timeOf (iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}

/** The same with how far it is from `now`: who reads of an end wants to know how soon. */
export function timeFrom (iso: string, now: string): Html {
  const seconds = Math.round((Date.parse(iso) - Date.parse(now)) / 1000)
  const distance = durationOf(Math.abs(seconds))
  return html`${timeOf(iso)}, ${seconds >= 0 ? `in ${distance}` : `${distance} ago`}`
}

/** Seconds in the largest unit of which there are two: `119 s`, `28 min`, `3 h`, `2 d`. */
export function durationOf (seconds: number): string {
  const [name, length] = units.find(([, inSeconds]) => seconds >= 2 * inSeconds) ?? ['s', 1]
  return `${Math.floor(seconds / length)} ${name}`
}

const units = [['d', 86_400], ['h', 3600], ['min', 60]] as const
