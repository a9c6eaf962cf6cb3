import { keyIdPattern, keySpecs } from './keys.ts'
import { integer, oneOf, string } from './schema.ts'

/** The name of every method, in the order of PROTOCOL.md. */
export const methodNames = [
  'hello', 'setCredentials', 'loadKey', 'generateKey', 'sign', 'attest', 'ping', 'readLog',
] as const

/** Unix time in milliseconds, as far as ECMAScript's dates reach. */
export const unixMs = integer(0, 8.64e15)

/** See {@link keyIdPattern}. */
export const keyId = string(128, keyIdPattern)

/** See {@link keySpecs}. */
export const keySpec = oneOf(...keySpecs)

/** The version of a program. */
export const version = string(64, /^[\w.+-]+$/)

/** W3C Trace Context: 16 bytes in lower-case hexadecimal that are not all zero. */
export const traceId = string(32, /^(?!0{32})[0-9a-f]{32}$/)
