import fc from 'fast-check'
import { test } from 'tap'
import { bytesOfNsmAnswer } from '../../src/nsm/nsm-answers.ts'
import { decodeNsmAnswer, encodeNsmRequest } from '../../src/nsm/nsm-codec.ts'
import type { NsmRequest } from '../../src/nsm/nsm-codec.ts'
import { nsmErrorNames } from '../../src/nsm/nsm-error.ts'
import { hex } from '../fixtures/der.ts'
import { exchanges } from '../fixtures/nsm-exchanges.ts'
import { readJsonVector, withVectors } from '../fixtures/vectors.ts'

const requests: Record<string, NsmRequest> = {
  GetRandom: { type: 'GetRandom' },
  DescribeNSM: { type: 'DescribeNSM' },
  'DescribePCR(index=0)': { type: 'DescribePCR', index: 0 },
  'ExtendPCR(index=16,data=\'abc\')': { type: 'ExtendPCR', index: 16, data: Buffer.from('abc') },
  'LockPCR(16)': { type: 'LockPCR', index: 16 },
  'LockPCRs(range=20)': { type: 'LockPCRs', range: 20 },
  'Attestation(all null)': { type: 'Attestation' },
}

interface Encodings { requests: Record<string, string>, responses: Record<string, string> }

test('every request is encoded to the bytes of the NSM\'s own library', withVectors, async t => {
  const encodings = readJsonVector('nsm/encodings.json') as Encodings
  t.same(Object.keys(requests), Object.keys(encodings.requests))
  for (const [name, request] of Object.entries(requests)) t.equal(encodeNsmRequest(request).toString('hex'), encodings.requests[name], name)
})

test('an attestation request carries its fields in the order the driver was seen to take', withVectors, async t => {
  const sent = exchanges().find(({ name }) => name === 'Attestation-args')?.request_hex ?? ''
  const fields = { userData: Buffer.from('user'), nonce: Buffer.from('nonce'), publicKey: Buffer.from('pk') }
  const shape = encodeNsmRequest({ type: 'Attestation', ...fields }).toString('hex')
  t.equal(shape.slice(0, 40), sent.slice(0, 40))
})

/** What was sent to the real driver, in the words of this program. */
const sent: Record<string, NsmRequest> = {
  DescribeNSM: { type: 'DescribeNSM' },
  GetRandom: { type: 'GetRandom' },
  ...Object.fromEntries([0, 1, 2, 3, 4, 8, 16, 19].map(index => [`DescribePCR${index}`, { type: 'DescribePCR', index }])),
  'DescribePCR32(invalid)': { type: 'DescribePCR', index: 32 },
  'ExtendPCR0(locked)': { type: 'ExtendPCR', index: 0, data: Buffer.from('abc') },
  ExtendPCR16: { type: 'ExtendPCR', index: 16, data: Buffer.from('abc') },
  'ExtendPCR16(locked)': { type: 'ExtendPCR', index: 16, data: Buffer.from('abc') },
  LockPCR16: { type: 'LockPCR', index: 16 },
  'LockPCR16-again': { type: 'LockPCR', index: 16 },
  LockPCRs20: { type: 'LockPCRs', range: 20 },
  'Attestation-nulls': { type: 'Attestation' },
}

test('every request that the real driver carried is made to the same bytes', withVectors, async t => {
  const carried = exchanges().filter(({ name }) => Object.hasOwn(sent, name))
  t.equal(carried.length, 2 * Object.keys(sent).length, 'by two machines')
  for (const { name, request_hex: request } of carried) t.equal(encodeNsmRequest(sent[name] ?? { type: 'GetRandom' }).toString('hex'), request, name)
})

test('every answer captured over the real driver is decoded, or is an NSM error by its name', withVectors, async t => {
  const all = exchanges().filter(({ response_hex: response, response_len: length }) => response?.length === 2 * length)
  t.ok(all.length > 40, `${all.length} exchanges`)
  for (const { name, response_hex: response = '' } of all) {
    if (name.startsWith('Resp-cap')) {
      t.throws(() => decodeNsmAnswer(hex(response)), { code: 'NSM_FAILED' }, `${name}: an answer cut off by the driver`)
    } else if (response.startsWith('a1654572726f72')) {
      const errorName = hex(response).subarray(8).toString().replace(/^[^A-Z]/, '')
      t.throws(() => decodeNsmAnswer(hex(response)), { code: 'NSM_FAILED', reason: errorName, message: `the NSM answered ${errorName}` }, name)
    } else {
      t.match(name, new RegExp(`Req-4096-max|${decodeNsmAnswer(hex(response)).type}`), name)
    }
  }
})

test('every error the NSM can answer is told by its own name', withVectors, async t => {
  const { responses } = readJsonVector('nsm/encodings.json') as Encodings
  for (const name of nsmErrorNames) {
    t.throws(() => decodeNsmAnswer(hex(responses[`Error ${name}`] ?? '')), { code: 'NSM_FAILED', reason: name, message: `the NSM answered ${name}` })
  }
  t.same(decodeNsmAnswer(hex(responses['LockPCR ok'] ?? '')), { type: 'LockPCR', fields: new Map() })
})

test('the document and the random bytes are taken out by their names', async t => {
  const answer = decodeNsmAnswer(hex('a1 6947657452616e646f6d a1 6672616e646f6d 43 010203'))
  t.same(bytesOfNsmAnswer(answer, 'GetRandom', 'random'), hex('010203'))
  t.throws(() => bytesOfNsmAnswer(answer, 'Attestation', 'document'), { code: 'NSM_FAILED', message: 'the NSM\'s answer to Attestation has no document' })
  const empty = decodeNsmAnswer(hex('a1 6947657452616e646f6d a1 6672616e646f6d 40'))
  t.throws(() => bytesOfNsmAnswer(empty, 'GetRandom', 'random'), { code: 'NSM_FAILED', message: 'the NSM\'s answer to GetRandom has no random' })
})

test('an error name that the NSM\'s API does not have is not repeated', async t => {
  t.throws(() => decodeNsmAnswer(hex('a1 654572726f72 63 6e6f70')), { code: 'NSM_FAILED', reason: undefined, message: 'the NSM answered an unknown error' })
})

test('no bytes make the decoder do anything but decode or fail with NSM_FAILED', async t => {
  const decodes = (bytes: Uint8Array): boolean => {
    try {
      return typeof decodeNsmAnswer(bytes).type === 'string'
    } catch (error) {
      return (error as { code?: string }).code === 'NSM_FAILED'
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodes), { numRuns: 3000 })
  t.ok(decodes(Buffer.alloc(12288, 0x81)), 'twelve thousand levels')
  t.ok(decodes(hex('5bffffffffffffffff')), 'a byte string of 16 EiB')
  t.ok(decodes(hex('9b00ffffffffffffff')), 'an array without end')
})
