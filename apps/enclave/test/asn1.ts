import fc from 'fast-check'
import { test } from 'tap'
import { readAsn1 } from '../src/asn1.ts'
import type { Asn1Element } from '../src/asn1.ts'
import { der, hex, indefinite } from './fixtures/der.ts'

test('definite and indefinite lengths hold the same elements in BER', async t => {
  for (const bytes of [der(0x30, hex('020105'), der(0x31, hex('0500'))), indefinite(0x30, hex('020105'), indefinite(0x31, hex('0500')))]) {
    const { tag, encoding, children: [integer, set] } = readAsn1(bytes, 'BER')
    t.equal(tag, 0x30)
    t.same(encoding, bytes)
    t.same(integer?.content, hex('05'))
    t.same(set?.children[0]?.encoding, hex('0500'))
  }
})

test('the content of an element of indefinite length ends before its end-of-contents octets', async t => {
  t.same(readAsn1(indefinite(0x30, hex('020105')), 'BER').content, hex('020105'))
})

test('lengths in one to four octets are read', async t => {
  for (const prefix of ['0403', '048103', '04820003', '0483000003', '048400000003']) {
    t.same(readAsn1(hex(`${prefix}010203`), 'BER').content, hex('010203'))
  }
  const long = Buffer.alloc(70_000, 1)
  t.same(readAsn1(der(0x04, long), 'DER').content, long)
})

const faults: Record<string, [bytes: string, rules: 'BER' | 'DER', message: string]> = {
  nothing: ['', 'BER', 'the bytes end inside an element'],
  'a tag alone': ['30', 'BER', 'the bytes end inside an element'],
  'a byte after the element': ['050000', 'BER', 'bytes follow the element'],
  'a length past the end': ['0402ff', 'BER', 'an element longer than what holds it'],
  'a length of 4 GiB': ['0484ffffffff', 'BER', 'an element longer than what holds it'],
  'a length of five octets': ['04850000000001ff', 'BER', 'a length of more than 4 octets'],
  'a child longer than its parent': ['30030402ff', 'BER', 'an element longer than what holds it'],
  'a child that takes its parent\'s neighbour': ['3006300304020101', 'BER', 'an element longer than what holds it'],
  'a long tag number': ['1f8101ff', 'BER', 'a tag number over 30, or end-of-contents out of place'],
  'end-of-contents in a definite element': ['30020000', 'BER', 'a tag number over 30, or end-of-contents out of place'],
  'an indefinite element that never ends': ['3080020105', 'BER', 'the bytes end inside an element'],
  'a primitive of indefinite length': ['0480ff0000', 'BER', 'a primitive element of indefinite length'],
  'an indefinite length in DER': ['30800000', 'DER', 'an indefinite length'],
  'an overlong length in DER': ['048103010203', 'DER', 'a length that is not the shortest'],
  'a leading zero in a DER length': [`04820081${'00'.repeat(0x81)}`, 'DER', 'a length that is not the shortest'],
}

for (const [name, [bytes, rules, message]] of Object.entries(faults)) {
  test(`${name} is refused in ${rules}`, async t => {
    t.throws(() => readAsn1(hex(bytes), rules), { name: 'Asn1Error', message })
  })
}

test('sixteen levels are read and seventeen are not, though ten thousand come', async t => {
  const nested = (depth: number, wrap: typeof der): Buffer => {
    let bytes = hex('0500')
    for (let level = 1; level < depth; level++) bytes = wrap(0x30, bytes)
    return bytes
  }
  for (const wrap of [der, indefinite]) {
    t.ok(readAsn1(nested(16, wrap), 'BER'))
    t.throws(() => readAsn1(nested(17, wrap), 'BER'), { name: 'Asn1Error', message: 'nested too deep' })
  }
  t.throws(() => readAsn1(Buffer.from('3080'.repeat(10_000), 'hex'), 'BER'), { message: 'nested too deep' })
})

test('512 elements are read and one more is not', async t => {
  const many = (count: number): Buffer => der(0x30, ...Array.from({ length: count - 1 }, () => hex('0500')))
  t.equal(readAsn1(many(512), 'BER').children.length, 511)
  t.throws(() => readAsn1(many(513), 'BER'), { message: 'too many elements' })
})

test('no bytes make the reader do anything but read them whole or refuse', async t => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('BER', 'DER'), (bytes, rules) => {
    try {
      const element = readAsn1(Buffer.from(bytes), rules)
      return element.encoding.length === bytes.length && spansAreInside(element)
    } catch (error) {
      return error instanceof Error && error.name === 'Asn1Error'
    }
  }), { numRuns: 5000 })
  t.pass()
})

function spansAreInside ({ content, children }: Asn1Element): boolean {
  const sum = children.reduce((total, { encoding }) => total + encoding.length, 0)
  return (children.length === 0 || sum === content.length) && children.every(spansAreInside)
}
