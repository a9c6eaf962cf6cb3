import { encode } from 'cborg'
import { test } from 'tap'

import { decodeCbor } from '../src/cbor.ts'
import { refusalOf } from './fixtures/refusal.ts'

function decodeHex (hex: string): unknown {
  return decodeCbor(Buffer.from(hex, 'hex'), 'payload')
}

const examples: [hex: string, value: unknown][] = [
  ['00', 0],
  ['1818', 24],
  ['1b001fffffffffffff', 2 ** 53 - 1],
  ['1b0020000000000000', 2n ** 53n],
  ['1bffffffffffffffff', 2n ** 64n - 1n],
  ['20', -1],
  ['3822', -35],
  ['40', Buffer.alloc(0)],
  ['420102', Buffer.of(1, 2)],
  ['60', ''],
  ['62c3bc', 'ü'],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['80', []],
  ['8201820203', [1, [2, 3]]],
  ['a0', new Map()],
  ['a201020304', new Map([[1, 2], [3, 4]])],
]

for (const [hex, value] of examples) {
  test(`${hex} is read as RFC 8949 says`, async t => {
    t.strictSame(decodeHex(hex), value)
  })
}

const indefinite: [hex: string, value: unknown][] = [
  ['bfff', new Map()],
  ['bf01020304ff', new Map([[1, 2], [3, 4]])],
  ['9fff', []],
  ['9f01bf0203ffff', [1, new Map([[2, 3]])]],
  ['a1019f02ff', new Map([[1, [2]]])],
]

for (const [hex, value] of indefinite) {
  test(`${hex}, of indefinite length, is read like its definite twin`, async t => {
    t.strictSame(decodeHex(hex), value)
  })
}

test('an integer key and the same number in text are two keys', async t => {
  t.strictSame(decodeHex('a20001613002'), new Map<unknown, unknown>([[0, 1], ['0', 2]]))
})

test('a byte order mark stays part of a text, so that it cannot hide a second key', async t => {
  t.strictSame(decodeHex('a261610164efbbbf6102'), new Map([['a', 1], ['\ufeffa', 2]]))
})

test('__proto__ is a key like any other', async t => {
  const entries = decodeHex('a1695f5f70726f746f5f5f80') as Map<unknown, unknown>
  t.strictSame([...entries], [['__proto__', []]])
})

test('decoded bytes do not share memory with the input', async t => {
  const input = Buffer.from('420102', 'hex')
  const decoded = decodeCbor(input, 'payload')
  input.fill(0)
  t.strictSame(decoded, Buffer.of(1, 2))
})

test('three levels are read and the fourth is not', async t => {
  t.strictSame(decodeHex('818180'), [[[]]])
  t.strictSame(refusalOf(() => decodeHex('81818180')).facts, { part: 'payload', maximum: 3 })
})

test('every beginning of an item that stops short is refused', async t => {
  const whole = encode({ pcrs: new Map([[0, Buffer.alloc(48)], [300, Buffer.alloc(300)]]), text: 'x'.repeat(30), list: [1, -70000, null] })
  for (let bytes = 0; bytes < whole.length; bytes++) {
    t.equal(refusalOf(() => decodeCbor(whole.subarray(0, bytes), 'payload')).code, 'CBOR_MALFORMED', `${bytes} bytes`)
  }
})
