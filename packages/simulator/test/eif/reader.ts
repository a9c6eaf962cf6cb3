import { test } from 'tap'

import { sectionsOf } from '../../src/eif/eif.ts'
import { decodeEif } from '../../src/eif/reader.ts'
import { encodeEif } from '../../src/eif/writer.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

const small = encodeEif({ flags: 0, sections: [{ type: 'kernel', data: Buffer.from('k') }, { type: 'cmdline', data: Buffer.from('c') }] })

test('the published small image is read section by section', withVectors, async (t) => {
  const eif = decodeEif(vector('eif/tiny.eif'))
  t.same(eif.sections.map(({ type }) => type), ['kernel', 'cmdline', 'metadata', 'ramdisk', 'ramdisk'])
  t.same(sectionsOf(eif, 'ramdisk').map(String), ['bootstrap-ramdisk\n'.repeat(8), 'customer-ramdisk\n'.repeat(16)])
  t.equal(eif.version, 4)
  t.equal(eif.crcMatches, true)
})

test('a changed byte shows in the CRC and nowhere else', withVectors, async (t) => {
  const eif = decodeEif(vector('eif/bad-crc.eif'))
  t.equal(eif.crcMatches, false)
  t.equal(eif.sections.length, 5)
})

const faults: Record<string, { change: (bytes: Buffer) => Buffer, message: RegExp }> = {
  'a file shorter than a header': { change: (bytes) => bytes.subarray(0, 547), message: /547 bytes are less/ },
  'another magic': { change: (bytes) => { bytes.write('.elf'); return bytes }, message: /magic/ },
  'an older version': { change: (bytes) => { bytes.writeUInt16BE(3, 4); return bytes }, message: /version 3/ },
  'more sections than the tables hold': { change: (bytes) => { bytes.writeUInt16BE(33, 0x1a); return bytes }, message: /33 sections/ },
  'a section inside the header': { change: (bytes) => { bytes.writeBigUInt64BE(547n, 0x1c); return bytes }, message: /section 0 lies outside/ },
  'a section past the end': { change: (bytes) => bytes.subarray(0, bytes.length - 1), message: /section 1 lies outside/ },
  'a size beyond any file': { change: (bytes) => { bytes.writeBigUInt64BE(2n ** 63n, 0x11c); return bytes }, message: /outside the file/ },
  'two sizes for one section': { change: (bytes) => { bytes.writeBigUInt64BE(2n, 552); return bytes }, message: /two different sizes/ },
  'an unknown section type': { change: (bytes) => { bytes.writeUInt16BE(6, 548); return bytes }, message: /unknown type 6/ },
}

for (const [name, { change, message }] of Object.entries(faults)) {
  test(`${name} is refused`, async (t) => {
    t.throws(() => decodeEif(change(Buffer.from(small))), { code: 'EIF_MALFORMED', message })
  })
}
