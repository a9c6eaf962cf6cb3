import fc from 'fast-check'
import { test } from 'tap'

import { decodeBase64, encodeBase64, isBase64 } from '../src/base64.ts'

/** RFC 4648 section 10. */
const vectors: [text: string, encoded: string][] = [
  ['', ''], ['f', 'Zg=='], ['fo', 'Zm8='], ['foo', 'Zm9v'], ['foob', 'Zm9vYg=='], ['fooba', 'Zm9vYmE='], ['foobar', 'Zm9vYmFy'],
]

const faults: [name: string, text: string][] = [
  ['one character', 'Z'],
  ['missing padding', 'Zg'],
  ['half the padding', 'Zg='],
  ['padding alone', '===='],
  ['too much padding', 'Zm9v===='],
  ['padding inside', 'Zg==Zg=='],
  ['stray bits after one byte', 'Zh=='],
  ['stray bits after two bytes', 'Zm9='],
  ['a space', 'Zm 9v'],
  ['a line end', 'Zm9v\n'],
  ['the URL alphabet', '-_-_'],
  ['a NUL', 'Zm9v\0'],
  ['a character beyond ASCII', 'Zm9vé'],
]

test('the vectors of RFC 4648 encode and decode', async t => {
  for (const [text, encoded] of vectors) {
    t.equal(encodeBase64(Buffer.from(text)), encoded)
    t.equal(decodeBase64(encoded).toString(), text)
    t.equal(isBase64(encoded), true)
  }
})

test('text that is not canonical base64 is refused by its size, never by its content', async t => {
  for (const [name, text] of faults) {
    t.equal(isBase64(text), false, name)
    t.throws(() => decodeBase64(text), {
      name: 'ProtocolError', code: 'INVALID_BASE64', message: `not canonical base64 (${text.length} characters)`,
    }, name)
  }
})

test('a view into a larger buffer encodes only its own bytes', async t => {
  t.equal(encodeBase64(new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4)), 'AgME')
})

test('any bytes come back from base64, and any text is either refused or comes back', async t => {
  fc.assert(fc.property(fc.uint8Array(), bytes => decodeBase64(encodeBase64(bytes)).equals(bytes)))
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('A', 'Q', 'g', 'w', '/', '+', '=', '-', ' ', '\n') }), text => {
    if (isBase64(text)) return encodeBase64(decodeBase64(text)) === text
    t.throws(() => decodeBase64(text), { code: 'INVALID_BASE64' })
    return true
  }))
})
