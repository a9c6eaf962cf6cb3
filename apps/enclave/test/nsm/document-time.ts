import { encode } from 'cborg'
import fc from 'fast-check'
import { test } from 'tap'
import { readTimestamp } from '../../src/nsm/document-time.ts'
import { readVector, withVectors } from '../fixtures/vectors.ts'

test('the time of real documents is read, of any age and with a payload of indefinite length', withVectors, async t => {
  for (const [name, earliest, latest] of [
    ['01-veracruz-good', '2022-01-01', '2023-01-01'], ['06-sparsity-1', '2020-10-01', '2026-12-31'], ['13-base-indefinite-map-repaired', '2026-01-01', '2026-12-31'],
  ] as const) {
    const timestamp = readTimestamp(readVector(`attestation/${name}.cbor`))
    t.ok(timestamp >= Date.parse(earliest) && timestamp < Date.parse(latest), `${name}: ${new Date(timestamp).toISOString()}`)
  }
})

const documentOf = (fields: unknown): Uint8Array => encode([new Uint8Array(), {}, encode(fields), new Uint8Array()])

test('a document without a time, or with one that cannot be right, is refused', async t => {
  t.equal(readTimestamp(documentOf({ timestamp: Date.UTC(2026, 0, 1) })), Date.UTC(2026, 0, 1))
  for (const timestamp of [undefined, null, '2026', 0, Date.UTC(2019, 11, 31), Date.UTC(2200, 0, 1), 2 ** 60, Number.NaN]) {
    t.throws(() => readTimestamp(documentOf({ timestamp })), { code: 'NSM_FAILED' }, String(timestamp))
  }
  for (const bytes of [Buffer.alloc(0), encode({}), encode([]), encode([1, 2, 3, 4]), documentOf([])]) t.throws(() => readTimestamp(bytes), { code: 'NSM_FAILED' })
})

test('no bytes make the reader do anything but read or refuse with NSM_FAILED', async t => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
    try {
      return Number.isFinite(readTimestamp(bytes))
    } catch (error) {
      return (error as { code?: string }).code === 'NSM_FAILED'
    }
  }), { numRuns: 2000 })
  t.throws(() => readTimestamp(Buffer.alloc(16_384, 0x81)), { code: 'NSM_FAILED' })
})
