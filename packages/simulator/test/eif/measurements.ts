import { test } from 'tap'

import { extendZeroPcr, measure, measureEif } from '../../src/eif/measurements.ts'
import { decodeEif } from '../../src/eif/reader.ts'
import { jsonVector, vector, withVectors } from '../fixtures/vectors.ts'

interface Expected { files: Record<string, { pcrs: Record<string, string> | null }> }

for (const name of ['tiny.eif', 'tiny-signed.eif']) {
  test(`the measurements of ${name} are those of the published record`, withVectors, async (t) => {
    const { pcrs } = (jsonVector('eif/EXPECTED.json') as Expected).files[name] ?? {}
    const measured = measureEif(decodeEif(vector(`eif/${name}`)))
    t.same(Object.fromEntries(Object.entries(measured).map(([pcr, value]) => [pcr, (value as Buffer).toString('hex')])), pcrs)
  })
}

test("a file's register is that of nitro-cli pcr", withVectors, async (t) => {
  t.same({ PCR: measure([Buffer.from('hel'), Buffer.from('lo\n')]).toString('hex') }, jsonVector('nitro-cli/pcr.input-hello-newline.stdout.json'))
})

test('PCR4 of a real document is the extension of its instance id', withVectors, async (t) => {
  const documents = jsonVector('attestation/EXPECTED.json') as Record<string, { module_id?: string, pcrs?: Record<string, string> }>
  const { module_id: moduleId = '', pcrs } = documents['01-veracruz-good.cbor'] ?? {}
  t.equal(extendZeroPcr(Buffer.from(moduleId.split('-enc')[0] ?? '')).toString('hex'), pcrs?.['4'])
})

test('an image without ramdisks still has three registers of 48 bytes', async (t) => {
  t.same(Object.values(measureEif({ sections: [] })).map((pcr: Buffer) => pcr.length), [48, 48, 48])
})
