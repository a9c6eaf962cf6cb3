import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { actions } from '../../src/callers/caller.ts'
import { callersFileSchema, jwtAlgorithms } from '../../src/callers/callers-file.ts'
import { parseCallersFile } from '../../src/callers/parse-callers-file.ts'

const docs = join(import.meta.dirname, '../../../../docs')

test('the published schema is the one the service checks with', async t => {
  const published: unknown = JSON.parse(readFileSync(join(docs, 'callers.schema.json'), 'utf8'))
  t.same(published, JSON.parse(JSON.stringify(callersFileSchema)), 'write JSON.stringify(callersFileSchema, undefined, 2) to docs/callers.schema.json')
})

test('every callers file in the documentation is taken', async t => {
  const text = readFileSync(join(docs, 'callers.md'), 'utf8')
  const files = Array.from(text.matchAll(/```yaml\n([^`]*)```/g), ([, yaml = '']) => yaml).filter(yaml => /^callers:/m.test(yaml))
  t.ok(files.length > 0)
  for (const file of files) t.doesNotThrow(() => parseCallersFile(file, { clientCertificates: true }))
})

test('the documentation names every action', async t => {
  const text = readFileSync(join(docs, 'callers.md'), 'utf8')
  for (const action of actions) t.ok(text.includes(`\`${action}\``), action)
})

test('only signatures by public keys are believed', async t => {
  for (const algorithm of jwtAlgorithms) t.match(algorithm, /^(?:ES|PS|RS|Ed)/)
})
