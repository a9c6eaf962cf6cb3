import type { Rate } from '../callers/caller.ts'
import { Secret } from './secret.ts'

/** Turns a variable's text into its value, or says in a few words what it should have been. */
export type Reader<T> = (text: string) => { value: T } | { expected: string }

/** Any text. */
export const text: Reader<string> = value => ({ value })

/** A text that must never be printed. */
export const secret: Reader<Secret> = value => ({ value: new Secret(value) })

/** A whole number in decimal digits from `min` to `max`. */
export function wholeNumber (min: number, max: number): Reader<number> {
  return value => /^\d{1,10}$/.test(value) && Number(value) >= min && Number(value) <= max
    ? { value: Number(value) }
    : { expected: `a whole number from ${min} to ${max}` }
}

/** `true` or `false`. */
export const flag: Reader<boolean> = value => value === 'true' || value === 'false'
  ? { value: value === 'true' }
  : { expected: '"true" or "false"' }

/** One of a closed set of words. */
export function oneOf<const T extends string> (...words: readonly T[]): Reader<T> {
  return value => {
    const word = words.find(candidate => candidate === value)
    return word === undefined ? { expected: `one of ${words.join(', ')}` } : { value: word }
  }
}

/** A text that matches `pattern`; `expected` describes the pattern to a person. */
export function matching (pattern: RegExp, expected: string): Reader<string> {
  return value => pattern.test(value) ? { value } : { expected }
}

/** A rate: requests a second, a fraction perhaps, and where it is not the same the burst after a comma. */
export const rate: Reader<Rate> = value => {
  const [, perSecond, burst] = /^(\d{1,7}(?:\.\d{1,3})?)(?:,(\d{1,7}))?$/.exec(value) ?? []
  const requestsPerSecond = Number(perSecond)
  const parsed = { requestsPerSecond, burst: burst === undefined ? Math.max(1, Math.ceil(requestsPerSecond)) : Number(burst) }
  return requestsPerSecond > 0 && parsed.burst > 0 ? { value: parsed } : { expected: 'requests a second, and after a comma how many at once, such as 50 or 0.5,10' }
}

/** An absolute `http:` or `https:` address. */
export const url: Reader<string> = value => {
  const parsed = URL.parse(value)
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? { value } : { expected: 'an http or https address' }
}

/** 96 hexadecimal digits, the SHA-384 of a PCR; read in lower case. */
export const pcr: Reader<string> = value => /^[0-9a-fA-F]{96}$/.test(value)
  ? { value: value.toLowerCase() }
  : { expected: '96 hexadecimal digits' }
