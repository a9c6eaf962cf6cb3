import { test } from 'tap'

import { attestationErrorCodes, verifyAttestationDocument } from '../src/index.ts'
import { chainFaults, expectationFaults } from './fixtures/chain-faults.ts'
import { createDocument } from './fixtures/documents.ts'
import { cborFaults, coseFaults, fieldFaults } from './fixtures/document-faults.ts'
import type { Fault } from './fixtures/fault.ts'
import { createNitroPki, testNow } from './fixtures/nitro-pki.ts'
import { refusalOf } from './fixtures/refusal.ts'

const faults = [...cborFaults, ...coseFaults, ...fieldFaults, ...chainFaults, ...expectationFaults]
const soundPki = createNitroPki()

test('the document that the fault table breaks verifies while nothing is broken', async t => {
  const document = verifyAttestationDocument(createDocument(soundPki), { root: soundPki.root, now: testNow })
  t.equal(document.moduleId, 'i-0-enc0')
})

for (const row of faults) {
  test(`${row.title} is refused with ${row.code}`, async t => {
    const pki = row.pki ? createNitroPki(row.pki) : soundPki
    const bytes = createDocument(pki, row.document)
    const error = refusalOf(() => verifyAttestationDocument(bytes, { root: pki.root, now: testNow, ...row.options }))
    t.equal(error.code, row.code)
    t.strictSame(error.facts, row.facts(pki))
  })
}

test('every error code has a row in the fault table', async t => {
  const produced = new Set(faults.map(({ code }: Fault) => code))
  t.strictSame(attestationErrorCodes.filter(code => !produced.has(code)), [])
})
