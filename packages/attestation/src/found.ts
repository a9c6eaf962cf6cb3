import type { CborValue } from './cbor.ts'
import type { Found } from './error-facts.ts'

/** Describes a value by type and size only, so that an error never repeats what a hostile document holds. */
export function found (value: CborValue | undefined): Found {
  if (value === undefined) return { type: 'absent' }
  if (value === null) return { type: 'null' }
  if (Buffer.isBuffer(value)) return { type: 'bytes', size: value.length }
  if (Array.isArray(value)) return { type: 'array', size: value.length }
  if (value instanceof Map) return { type: 'map', size: value.size }
  if (typeof value === 'string') return { type: 'text', size: value.length }
  return typeof value === 'boolean' ? { type: 'boolean' } : { type: 'integer' }
}
