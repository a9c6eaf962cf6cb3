import { ProtocolError } from './errors.ts'

/** Whether `text` is canonical base64 (RFC 4648 section 4: padded, no white space, no stray bits). */
export function isBase64 (text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text
}

/**
 * The bytes of canonical base64.
 *
 * @throws ProtocolError `INVALID_BASE64` for anything that does not encode back to the same text.
 */
export function decodeBase64 (text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) {
    throw new ProtocolError('INVALID_BASE64', `not canonical base64 (${text.length} characters)`)
  }
  return bytes
}

/** Canonical base64 of `bytes`. */
export function encodeBase64 (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
