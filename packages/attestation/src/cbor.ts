import { isUtf8 } from 'node:buffer'

import { Tokenizer, Type } from 'cborg'
import type { Token } from 'cborg'

import type { CborPart } from './error-facts.ts'
import { AttestationError } from './errors.ts'

/** What CBOR can hold in an attestation document. Maps are `Map`s, so that integer keys stay integers. */
export type CborValue = null | boolean | number | bigint | string | Buffer | CborValue[] | Map<CborValue, CborValue>

/** The deepest real nesting is payload map → pcrs map; one more level is room for nothing but a better error. */
const maximumDepth = 3

interface Reader { readonly part: CborPart, readonly tokenizer: Tokenizer }

/**
 * Decodes exactly one CBOR item.
 *
 * cborg cuts the bytes into tokens; nesting is read here, because cborg's own decoder recurses without a bound, takes a
 * float for an integer key and a `break` for a map's value. Indefinite-length maps and arrays are accepted (NSMs send their
 * payload as one since 2025), indefinite-length strings are not.
 *
 * @throws AttestationError `CBOR_MALFORMED`, `CBOR_TYPE_UNEXPECTED`, `CBOR_KEY_REPEATED`, `CBOR_TOO_DEEP`, `CBOR_TRAILING_BYTES`
 */
export function decodeCbor (bytes: Uint8Array, part: CborPart): CborValue {
  const tokenizer = new Tokenizer(bytes, { allowIndefinite: true, allowBigInt: true, retainStringBytes: true })
  const reader: Reader = { part, tokenizer }
  const value = readItem(reader, nextToken(reader), 0)
  const trailing = bytes.byteLength - tokenizer.pos()
  if (trailing > 0) throw new AttestationError('CBOR_TRAILING_BYTES', { part, bytes: trailing })
  return value
}

function nextToken ({ part, tokenizer }: Reader): Token {
  if (tokenizer.done()) throw new AttestationError('CBOR_MALFORMED', { part })
  try {
    return tokenizer.next()
  } catch (cause) {
    throw new AttestationError('CBOR_MALFORMED', { part }, { cause })
  }
}

function readItem (reader: Reader, token: Token, depth: number): CborValue {
  const { part } = reader
  switch (token.type) {
    case Type.uint: case Type.negint: return token.value as number | bigint
    case Type.bytes: return Buffer.from(token.value as Uint8Array) // a copy: cborg's is a view when it reads from a Buffer
    case Type.string: return readText(reader, token)
    case Type.null: return null
    case Type.true: return true
    case Type.false: return false
    case Type.array: return readArray(reader, token, depth + 1)
    case Type.map: return readMap(reader, token, depth + 1)
    case Type.break: throw new AttestationError('CBOR_MALFORMED', { part })
    default: throw new AttestationError('CBOR_TYPE_UNEXPECTED', { part, type: token.type.name })
  }
}

function readText ({ part }: Reader, token: Token): string {
  const bytes = token.byteValue ?? new Uint8Array(0)
  // RFC 8949 section 3.1: text that is not UTF-8 is not valid. Replacement characters could make two keys look like one.
  if (!isUtf8(bytes)) throw new AttestationError('CBOR_MALFORMED', { part })
  return Buffer.from(bytes).toString('utf8')
}

function readArray (reader: Reader, header: Token, depth: number): CborValue[] {
  const items: CborValue[] = []
  for (const token of itemTokens(reader, header, depth)) items.push(readItem(reader, token, depth))
  return items
}

function readMap (reader: Reader, header: Token, depth: number): Map<CborValue, CborValue> {
  const entries = new Map<CborValue, CborValue>()
  for (const token of itemTokens(reader, header, depth)) {
    const key = readItem(reader, token, depth)
    if (entries.has(key)) throw new AttestationError('CBOR_KEY_REPEATED', { part: reader.part })
    entries.set(key, readItem(reader, nextToken(reader), depth))
  }
  return entries
}

/** The first token of each item (of each key, in a map) until the announced length or the `break` is reached. */
function * itemTokens (reader: Reader, header: Token, depth: number): Generator<Token> {
  if (depth > maximumDepth) throw new AttestationError('CBOR_TOO_DEEP', { part: reader.part, maximum: maximumDepth })
  const length = header.value as number // cborg says Infinity for an indefinite length
  for (let index = 0; index < length; index++) {
    const token = nextToken(reader)
    if (length === Infinity && token.type === Type.break) return
    yield token
  }
}
