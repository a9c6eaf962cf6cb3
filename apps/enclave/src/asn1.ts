/** One element of BER or DER (X.690). Buffers share memory with the input. */
export interface Asn1Element {
  /** The identifier octet: class, constructed bit and a tag number below 31. */
  readonly tag: number
  /** The whole element: identifier, length, content. */
  readonly encoding: Buffer
  /** The content octets, for an indefinite length without the end-of-contents octets. */
  readonly content: Buffer
  /** The elements inside a constructed one; empty for a primitive one. */
  readonly children: readonly Asn1Element[]
}

/** The identifier octets that are used here. */
export const asn1Tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
  context0: 0x80,
  context0Constructed: 0xa0,
  octetStringConstructed: 0x24,
} as const

/** Which of X.690's rules the bytes follow: DER has definite, shortest lengths only. */
export type Asn1Rules = 'BER' | 'DER'

/** The bytes are no single element under the rules and bounds. It says nothing more: a reason is an oracle. */
export class Asn1Error extends Error {
  override readonly name = 'Asn1Error'
}

/** Deepest nesting: a KMS EnvelopedData has 9 levels, a PKCS#8 key 3. */
const maxDepth = 16
/** Most elements: a KMS EnvelopedData has about 40, and its content may come in pieces. */
const maxElements = 512
const constructedBit = 0x20
const indefinite = 0x80

/**
 * Reads exactly one element that fills `bytes`. Allocates nothing in proportion to an announced length.
 *
 * @throws Asn1Error for anything else: trailing or missing bytes, nesting over 16, more than 512 elements, tag numbers
 * over 30, under DER indefinite or overlong lengths.
 */
export function readAsn1 (bytes: Buffer, rules: Asn1Rules): Asn1Element {
  const reader: Reader = { bytes, rules, offset: 0, end: bytes.length, elements: 0 }
  const element = readElement(reader, 1)
  if (reader.offset !== bytes.length) throw new Asn1Error('bytes follow the element')
  return element
}

interface Reader {
  readonly bytes: Buffer
  readonly rules: Asn1Rules
  offset: number
  /** Where the innermost enclosing element of definite length ends. */
  end: number
  elements: number
}

function readElement (reader: Reader, depth: number): Asn1Element {
  if (depth > maxDepth) throw new Asn1Error('nested too deep')
  if (++reader.elements > maxElements) throw new Asn1Error('too many elements')
  const start = reader.offset
  const tag = readByte(reader)
  if (tag === 0 || (tag & 0x1f) === 0x1f) throw new Asn1Error('a tag number over 30, or end-of-contents out of place')
  const length = readLength(reader)
  const contentStart = reader.offset
  if (length === undefined) {
    if ((tag & constructedBit) === 0) throw new Asn1Error('a primitive element of indefinite length')
    const children = readUntilEndOfContents(reader, depth)
    return element(reader, tag, start, contentStart, reader.offset - 2, children)
  }
  if (length > reader.end - reader.offset) throw new Asn1Error('an element longer than what holds it')
  if ((tag & constructedBit) === 0) {
    reader.offset += length
    return element(reader, tag, start, contentStart, reader.offset, [])
  }
  const children = readUntil(reader, contentStart + length, depth)
  return element(reader, tag, start, contentStart, reader.offset, children)
}

function readUntil (reader: Reader, end: number, depth: number): Asn1Element[] {
  const outerEnd = reader.end
  reader.end = end
  const children: Asn1Element[] = []
  while (reader.offset < end) children.push(readElement(reader, depth + 1))
  reader.end = outerEnd
  return children
}

function readUntilEndOfContents (reader: Reader, depth: number): Asn1Element[] {
  const children: Asn1Element[] = []
  while (!atEndOfContents(reader)) children.push(readElement(reader, depth + 1))
  reader.offset += 2
  return children
}

function atEndOfContents ({ bytes, offset, end }: Reader): boolean {
  return end - offset >= 2 && bytes[offset] === 0 && bytes[offset + 1] === 0
}

/** The length octets; `undefined` is the indefinite length. At most 4 octets follow the first (X.690 section 8.1.3). */
function readLength (reader: Reader): number | undefined {
  const first = readByte(reader)
  if (first < 0x80) return first
  if (first === indefinite) {
    if (reader.rules === 'DER') throw new Asn1Error('an indefinite length')
    return undefined
  }
  const octets = first & 0x7f
  if (octets > 4) throw new Asn1Error('a length of more than 4 octets')
  let length = 0
  for (let i = 0; i < octets; i++) length = length * 256 + readByte(reader)
  if (reader.rules === 'DER' && (length < 0x80 || length < 256 ** (octets - 1))) throw new Asn1Error('a length that is not the shortest')
  return length
}

function readByte (reader: Reader): number {
  if (reader.offset >= reader.end) throw new Asn1Error('the bytes end inside an element')
  return reader.bytes[reader.offset++] ?? 0
}

function element (
  { bytes, offset }: Reader, tag: number, start: number, contentStart: number, contentEnd: number, children: readonly Asn1Element[]
): Asn1Element {
  return { tag, encoding: bytes.subarray(start, offset), content: bytes.subarray(contentStart, contentEnd), children }
}
