/**
 * A small writer of ASN.1 values in BER (ITU-T X.690): what CMS answers and certificates need, and no more.
 * Everything except {@link indefinite} is also valid DER.
 */

/** Universal and constructed tags used by the simulator (X.690 section 8.1.2). */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

const endOfContents = Buffer.of(0x00, 0x00)

/** One value of definite length in the shortest form. */
export function encode (tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag), encodeLength(content.length), content])
}

/** One constructed value of indefinite length: tag, `80`, contents, `00 00` (X.690 section 8.1.3.6). */
export function indefinite (tag: number, ...contents: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...contents, endOfContents])
}

/** A SEQUENCE of definite length. */
export function sequence (...contents: readonly Uint8Array[]): Buffer {
  return encode(tags.sequence, ...contents)
}

/** A context-specific constructed value `[number]`, of definite length. */
export function explicit (number: number, ...contents: readonly Uint8Array[]): Buffer {
  return encode(0xa0 | number, ...contents)
}

/** An INTEGER from an unsigned big-endian number of any size; at least one byte. */
export function unsignedInteger (bytes: Uint8Array): Buffer {
  const firstSignificant = bytes.findIndex(byte => byte !== 0)
  const significant = firstSignificant === -1 ? Buffer.of(0) : Buffer.from(bytes.subarray(firstSignificant))
  const isNegative = significant.readUInt8(0) > 0x7f
  return encode(tags.integer, ...(isNegative ? [Buffer.of(0)] : []), significant)
}

/** An OBJECT IDENTIFIER from its dotted form, such as `1.2.840.113549.1.7.3`. */
export function objectIdentifier (dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encode(tags.objectIdentifier, Buffer.from([first * 40 + second, ...rest].flatMap(encodeArc)))
}

/** A BIT STRING of whole bytes. */
export function bitString (bytes: Uint8Array): Buffer {
  return encode(tags.bitString, Buffer.of(0), bytes)
}

function encodeLength (length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  const bytes = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

function encodeArc (arc: number): number[] {
  const groups = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift(0x80 | (rest % 128))
  return groups
}
