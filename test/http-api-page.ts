import { spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { jwtVerify } from 'jose'
import { test } from 'tap'

import { hasOpenssl } from './fixtures/openssl.ts'
import { startService } from './fixtures/service.ts'
import { findTool } from '../scripts/test/find-tool.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/http-api.md'), 'utf8')

/** The shell lines below each heading, one after another in one shell, as a reader would paste them. */
function shellSections (url: string): Map<string, string> {
  const sections = new Map<string, string>()
  for (const section of page.split(/^##+ /m)) {
    const lines = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, code = '']) => code).join('\n')
    if (lines !== '') sections.set(section.split('\n')[0] ?? '', lines.replace('URL=http://127.0.0.1:8080', `URL=${url}`))
  }
  return sections
}

const missing = hasOpenssl && findTool('curl') !== undefined && findTool('bash') !== undefined ? false : 'openssl, curl or bash is not installed'

test('the lines of docs/http-api.md do what the page says', { skip: missing }, async t => {
  await using service = await startService()
  const sections = shellSections(service.url)
  const script = [...sections].map(([heading, lines]) => `echo; echo '## ${heading}'\n${lines}`).join('\n')
  const { stdout, stderr, status } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' })
  t.equal(status, 0, stderr)
  const said = new Map(stdout.split(/^## /m).slice(1).map(text => [text.split('\n')[0] ?? '', text]))

  t.match(said.get('Signing'), /"keyId":"invoices","signingAlgorithm":"ECDSA_SHA_256","signature":"M/)
  t.match(said.get('secp256k1'), /"signature":"[\w+/]{86}==","recoveryId":[01]/)
  const { body: { publicKey } } = await service.get('/keys/tokens')
  const { payload } = await jwtVerify(/eyJ\S+/.exec(said.get('JWT') ?? '')?.[0] ?? '', createPublicKey(String(publicKey)))
  t.same(payload, { sub: 'alice' })
  t.match(`${said.get('Certificate request')}${stderr}`, /subject=CN ?= ?signer\.example[^]*self-signature verify OK/i)
  t.match(said.get('Batch'), /\{"results":\[\{"status":200,.*\{"status":404,"problem":\{.*"KEY_NOT_FOUND"/)
  const bodies = said.get('Repeats')?.match(/^\{.*\}/gm) ?? []
  t.equal(bodies.length, 2)
  t.equal(bodies[0], bodies[1])
  t.equal(said.get('Repeats')?.match(/idempotent-replayed: true/g)?.length, 1)
  t.match(said.get('Never twice'), /"signature":[^]*"SEQUENCE_NOT_ABOVE"[^]*"lastSequence":8421377/)
  t.match(said.get('Deadlines and limits'), /"signature":"M/)
  t.equal(stdout.match(/"code":/g)?.length, 2, 'nothing else was refused')
})
