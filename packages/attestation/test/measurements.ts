import { test } from 'tap'

import { isDebugMode, measurementsOf } from '../src/index.ts'
import type { AttestationDocument } from '../src/index.ts'
import { matchPcrs } from '../src/measurements.ts'
import { refusalOf } from './fixtures/refusal.ts'

const zero = Buffer.alloc(48)
const ones = Buffer.alloc(48, 0xab)

function documentWith (pcrs: [number, Buffer][]): AttestationDocument {
  return { moduleId: 'm', digest: 'SHA384', timestamp: 1, pcrs: new Map(pcrs), certificate: zero, cabundle: [zero] }
}

test('measurements are lowercase hex by ascending index', async t => {
  const measurements = measurementsOf(documentWith([[16, ones], [2, ones], [0, ones], [1, ones]]))
  t.strictSame(Object.keys(measurements), ['PCR0', 'PCR1', 'PCR2', 'PCR16'])
  t.equal(measurements.PCR16, 'ab'.repeat(48))
})

test('measurements show PCR0 to PCR2 even when zero, and no other zero', async t => {
  const measurements = measurementsOf(documentWith([[0, zero], [1, zero], [2, zero], [3, zero], [4, ones]]))
  t.strictSame(Object.keys(measurements), ['PCR0', 'PCR1', 'PCR2', 'PCR4'])
})

test('an enclave whose PCR0 is zero, or absent, is in debug mode', async t => {
  t.ok(isDebugMode(documentWith([[0, zero], [1, ones]])))
  t.ok(isDebugMode(documentWith([[1, ones]])))
})

test('an enclave whose PCR0 has one bit set is not in debug mode', async t => {
  t.notOk(isDebugMode(documentWith([[0, Buffer.concat([Buffer.alloc(47), Buffer.of(1)])]])))
})

test('expected PCRs match in either case, and the others may be anything', async t => {
  const document = documentWith([[0, ones], [1, zero]])
  t.doesNotThrow(() => { matchPcrs(document, { PCR0: 'AB'.repeat(48) }) })
  t.doesNotThrow(() => { matchPcrs(document, measurementsOf(document)) })
  t.doesNotThrow(() => { matchPcrs(document, {}) })
})

test('every PCR that differs is reported with both values', async t => {
  const expected = { PCR0: 'cd'.repeat(48), PCR1: '00'.repeat(48), PCR2: 'EF'.repeat(48) }
  t.strictSame(refusalOf(() => { matchPcrs(documentWith([[0, ones], [1, zero]]), expected) }).facts, {
    mismatches: [
      { index: 0, expected: 'cd'.repeat(48), actual: 'ab'.repeat(48) },
      { index: 2, expected: 'ef'.repeat(48), actual: null },
    ],
  })
})

test('a longer PCR that begins with the expected one is another PCR', async t => {
  t.equal(refusalOf(() => { matchPcrs(documentWith([[0, Buffer.alloc(64, 0xab)]]), { PCR0: 'ab'.repeat(48) }) }).code, 'PCR_MISMATCH')
})
