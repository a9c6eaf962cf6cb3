import { test } from 'tap'
import { bitString, encode, explicit, indefinite, objectIdentifier, sequence, tags, unsignedInteger } from '../../src/asn1/ber.ts'

test('lengths take the shortest form at every boundary', async t => {
  const headers = [[0, '0400'], [127, '047f'], [128, '048180'], [255, '0481ff'], [256, '04820100'], [65_535, '0482ffff'], [65_536, '0483010000']] as const
  for (const [length, header] of headers) {
    const encoded = encode(tags.octetString, Buffer.alloc(length, 7))
    t.equal(encoded.toString('hex', 0, header.length / 2), header, `${length} bytes`)
    t.equal(encoded.length, header.length / 2 + length)
  }
})

test('a value of indefinite length ends with two zero bytes', async t => {
  t.equal(indefinite(tags.sequence, encode(tags.null)).toString('hex'), '308005000000')
})

test('an integer is unsigned and has no needless bytes', async t => {
  const integers = [['', '020100'], ['00', '020100'], ['02', '020102'], ['7f', '02017f'], ['80', '02020080'], ['0000ff01', '020300ff01']] as const
  for (const [bytes, encoded] of integers) t.equal(unsignedInteger(Buffer.from(bytes, 'hex')).toString('hex'), encoded, bytes)
})

test('object identifiers are the bytes of their standards', async t => {
  t.equal(objectIdentifier('1.2.840.113549.1.1.7').toString('hex'), '06092a864886f70d010107', 'RSAES-OAEP, RFC 4055')
  t.equal(objectIdentifier('2.16.840.1.101.3.4.1.42').toString('hex'), '060960864801650304012a', 'AES-256-CBC, RFC 3565')
  t.equal(objectIdentifier('2.5.29.19').toString('hex'), '0603551d13', 'basicConstraints, RFC 5280')
})

test('sequences, context tags and bit strings wrap their contents', async t => {
  t.equal(sequence(encode(tags.null), encode(tags.null)).toString('hex'), '300405000500')
  t.equal(explicit(1, encode(tags.null)).toString('hex'), 'a1020500')
  t.equal(bitString(Buffer.of(0xaa)).toString('hex'), '030200aa')
})
