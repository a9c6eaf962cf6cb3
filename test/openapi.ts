import { execFileSync } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import { createClient } from '@hey-api/openapi-ts'
import { test } from 'tap'
import type { Test } from 'tap'

import { startService } from './fixtures/service.ts'

const root = join(import.meta.dirname, '..')

/** What an engineer of a calling service writes; that it compiles is half of the test. */
const program = `
import { createClient } from './client/client/index.js'
import { createKey, getKey, sign, signBatch } from './client/index.js'
import type { Problem } from './client/index.js'

const [baseUrl = ''] = process.argv.slice(2)
const client = createClient({ baseUrl })
const message = Buffer.from('hello').toString('base64')

await createKey({ client, body: { keyId: 'generated', keySpec: 'ECC_NIST_P256' }, throwOnError: true })
const { data: key } = await getKey({ client, path: { keyId: 'generated' }, throwOnError: true })

const request = { client, body: { keyId: 'generated', message }, headers: { 'Idempotency-Key': 'once' } }
const first = await sign(request)
const repeat = await sign(request)

const refused = await sign({ client, body: { keyId: 'nobody', message, messageType: 'RAW', signatureFormat: 'P1363' } })
const code: Problem['code'] | undefined = refused.error?.code

const { data: batch } = await signBatch({ client, body: { items: [{ keyId: 'generated', message }, { keyId: 'nobody', message }] }, throwOnError: true })
const signatures = batch.results.map(result => 'problem' in result ? result.problem.code : result.signature)

process.stdout.write(JSON.stringify({
  publicKey: key.publicKey,
  signature: first.data?.signature,
  repeat: repeat.data?.signature,
  replayed: repeat.response?.headers.get('idempotent-replayed'),
  status: refused.response?.status,
  code,
  signatures,
}))
`

/** The options of this repository, with code coming out. The generator's own fetch client does without exact optional properties. */
const compilerOptions = {
  composite: false,
  declaration: false,
  emitDeclarationOnly: false,
  exactOptionalPropertyTypes: false,
  lib: ['es2024', 'dom', 'dom.iterable'],
  rootDir: '.',
  outDir: 'out',
  tsBuildInfoFile: null,
}

test('a client generated from /openapi.json type-checks under strict options and signs', async t => {
  const service = await startService()
  t.teardown(async () => { await service.stop() })
  const folder = t.testdir()
  await createClient({
    input: `${service.url}/openapi.json`,
    output: { path: join(folder, 'client'), module: { extension: '.js' } },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
    logs: { level: 'silent', file: false },
  })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'sign.ts'), program)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    extends: relative(folder, join(root, 'tsconfig.base.json')), compilerOptions, files: ['sign.ts'],
  }))

  t.equal(compile(folder), '', 'the compiler finds no fault')
  const said = JSON.parse(execFileSync(process.execPath, [join(folder, 'out/sign.js'), service.url], { encoding: 'utf8' })) as Record<string, unknown>

  const { publicKey, signature, signatures } = said as { publicKey: string, signature: string, signatures: [string, string] }
  for (const one of [signature, signatures[0]]) {
    t.ok(verify('sha256', Buffer.from('hello'), createPublicKey(publicKey), Buffer.from(one, 'base64')))
  }
  t.match(said, { repeat: signature, replayed: 'true', status: 404, code: 'KEY_NOT_FOUND', signatures: [String, 'KEY_NOT_FOUND'] })
  wrongUseIsFound(t, folder)
})

/** The control: types that let everything through would compile too. */
function wrongUseIsFound (t: Test, folder: string): void {
  writeFileSync(join(folder, 'sign.ts'), program.replace("messageType: 'RAW'", "messageType: 'TEXT'"))
  t.match(compile(folder), /'"TEXT"' is not assignable to type '"RAW" \| "DIGEST"/)
}

/** What the compiler says. */
function compile (folder: string): string {
  try {
    return execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', folder], { encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
