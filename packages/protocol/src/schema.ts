import { isBase64 } from './base64.ts'

/** Checks that a value has the shape of `T`; throws {@link SchemaError} naming the first place where it has not. */
export interface Schema<T> {
  (value: unknown, path: string): void
  /** Never there: it carries the type that the check stands for. */
  readonly shape?: T
}

/** The type a schema checks for. */
export type Checked<S> = S extends Schema<infer T> ? T : never

/** A value of another shape. The message names the place and the rule, never the value. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
}

type Members = Readonly<Record<string, Schema<unknown>>>
type Required<R extends Members> = { [K in keyof R]: Checked<R[K]> }
type Optional<O extends Members> = { [K in keyof O]?: Checked<O[K]> }

/** An object with exactly these members: all of `required`, any of `optional`, nothing else. */
export function object<R extends Members> (required: R): Schema<Required<R>>
export function object<R extends Members, O extends Members> (required: R, optional: O): Schema<Required<R> & Optional<O>>
export function object (required: Members, optional: Members = {}): Schema<unknown> {
  const known = new Map([...Object.entries(required), ...Object.entries(optional)])
  const names = Object.keys(required)
  return (value, path) => {
    if (!isPlainObject(value)) throw new SchemaError(`${path} is not an object`)
    for (const name of names) {
      if (!Object.hasOwn(value, name)) throw new SchemaError(`${path}.${name} is missing`)
    }
    for (const name of Object.keys(value)) {
      const schema = known.get(name)
      if (schema === undefined) throw new SchemaError(`${path} has a member that is not known`)
      schema(value[name], `${path}.${name}`)
    }
  }
}

/** A string of at most `maxLength` UTF-16 units that matches `pattern` where there is one. */
export function string (maxLength: number, pattern?: RegExp): Schema<string> {
  return (value, path) => {
    if (typeof value !== 'string') throw new SchemaError(`${path} is not a string`)
    if (value.length > maxLength) throw new SchemaError(`${path} is longer than ${maxLength} characters`)
    if (pattern !== undefined && !pattern.test(value)) throw new SchemaError(`${path} does not match ${pattern.source}`)
  }
}

/** A moment in ISO 8601 as `Date.prototype.toISOString` writes it: UTC, milliseconds, a date that exists. */
export function timestamp (): Schema<string> {
  return (value, path) => {
    if (typeof value !== 'string') throw new SchemaError(`${path} is not a string`)
    const unixMs = value.length === 24 ? Date.parse(value) : Number.NaN
    if (Number.isNaN(unixMs) || new Date(unixMs).toISOString() !== value) throw new SchemaError(`${path} is not an ISO 8601 time in UTC`)
  }
}

/** Canonical base64 of `minBytes` to `maxBytes` bytes. */
export function base64 (minBytes: number, maxBytes: number): Schema<string> {
  return (value, path) => {
    if (typeof value !== 'string') throw new SchemaError(`${path} is not a string`)
    const bytes = Buffer.byteLength(value, 'base64')
    if (bytes < minBytes || bytes > maxBytes) throw new SchemaError(`${path} is not of ${minBytes} to ${maxBytes} bytes`)
    if (!isBase64(value)) throw new SchemaError(`${path} is not canonical base64`)
  }
}

/** A finite number from `min` to `max`. */
export function number (min: number, max: number): Schema<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !(value >= min && value <= max)) throw new SchemaError(`${path} is not a number from ${min} to ${max}`)
  }
}

/** A whole number from `min` to `max`. */
export function integer (min: number, max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  return (value, path) => {
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw new SchemaError(`${path} is not a whole number from ${min} to ${max}`)
    }
  }
}

/** One of a closed set of strings or numbers. */
export function oneOf<const T extends string | number> (...values: readonly T[]): Schema<T> {
  const known = new Set<unknown>(values)
  return (value, path) => {
    if (!known.has(value)) throw new SchemaError(`${path} is not one of ${values.join(', ')}`)
  }
}

/** `null`, or what `schema` checks. */
export function nullable<T> (schema: Schema<T>): Schema<T | null> {
  return (value, path) => {
    if (value !== null) schema(value, path)
  }
}

/** An array of at most `maxItems`. */
export function array<T> (schema: Schema<T>, maxItems: number): Schema<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new SchemaError(`${path} is not an array`)
    if (value.length > maxItems) throw new SchemaError(`${path} has more than ${maxItems} items`)
    for (const item of value) schema(item, `${path}[]`)
  }
}

/** What either of two schemas checks; `pick` looks at the value and names the one to hold it against. */
export function either<A, B> (pick: (value: unknown) => 'first' | 'second', first: Schema<A>, second: Schema<B>): Schema<A | B> {
  return (value, path) => {
    const schema = pick(value) === 'first' ? first : second
    schema(value, path)
  }
}

/** An object that one of several schemas checks: its member `tag` names which. */
export function variant (tag: string, schemas: Readonly<Record<string, Schema<unknown>>>): Schema<unknown> {
  const known = new Map(Object.entries(schemas))
  return (value, path) => {
    if (!isPlainObject(value)) throw new SchemaError(`${path} is not an object`)
    const name = Object.hasOwn(value, tag) ? value[tag] : undefined
    const schema = typeof name === 'string' ? known.get(name) : undefined
    if (schema === undefined) throw new SchemaError(`${path}.${tag} is not one of ${[...known.keys()].join(', ')}`)
    schema(value, path)
  }
}

/** Whether `value` is an object and no array. */
export function isPlainObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
