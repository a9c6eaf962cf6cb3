import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { json } from 'node:stream/consumers'
import { test } from 'tap'

import { isDebugMode, verifyAttestationDocument } from '@enclave-signer/attestation'

import { vsockPath } from '../../../src/index.ts'
import { buildFixtureEif, errorLogOf, startTestHost } from '../../fixtures/host.ts'
import { parse, runArguments } from '../../fixtures/nitro-cli.ts'
import type { Described } from '../../fixtures/nitro-cli.ts'
import { start } from '../../fixtures/run.ts'

test('debug mode: the document has zeros, describe-enclaves the real values, and there is a console', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle', ['A=1', 'B=x=y'])
  await host.nitroCli(...runArguments(eif, '--enclave-cid', '16', '--debug-mode'))
  const connection = createConnection(vsockPath(host.directory, 16, 8888))
  const seen = await json(connection) as { environment: Record<string, string>, document: string }
  const root = readFileSync(host.host.parentEnvironment.ATTESTATION_ROOT_FILE ?? '', 'utf8')
  const document = verifyAttestationDocument(Buffer.from(seen.document, 'base64'), { root, now: Date.now() })
  t.equal(isDebugMode(document), true)
  const [described] = parse((await host.nitroCli('describe-enclaves')).stdout) as [Described]
  t.equal(described.Flags, 'DEBUG_MODE')
  t.match(described.Measurements, { PCR0: /^(?!0{96})/ })
  // tap finds its way into every process below it.
  const environment = Object.fromEntries(Object.entries(seen.environment).filter(([name]) => !/^_TAPJS_|^NODE_OPTIONS$/.test(name)))
  t.same(environment, { A: '1', B: 'x=y' }, "the program sees the image's environment and nothing of its parent's")

  const console = start('nitro-cli', ['console', '--enclave-name', 'idle'], host.environment)
  const consoleEnded = once(console, 'exit')
  let text = ''
  console.stdout.on('data', (chunk: Buffer) => { text += chunk.toString() })
  while (!text.includes('idle program')) await once(console.stdout, 'data')
  t.equal(text, 'Connecting to the console for enclave 16...\nSuccessfully connected to the console.\nidle program on the console\n')
  await host.nitroCli('terminate-enclave', '--enclave-name', 'idle')
  t.same(await consoleEnded, [0, null], 'the console ends with the enclave')
})

test('unknown enclaves, foreign names and silent consoles', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  await host.nitroCli(...runArguments(eif, '--enclave-name', 'foreign'))
  t.match(await host.nitroCli('terminate-enclave', '--enclave-id', 'i-0-enc1'), { stdout: '', stderr: /^\[ E11 \]/, exitCode: 11 })
  t.match(await host.nitroCli('terminate-enclave', '--enclave-name', 'enclave-signer-0'), { stdout: '', stderr: /^\[ E58 \]/, exitCode: 58 })
  const unknown = await host.nitroCli('console', '--enclave-id', 'i-0-enc1')
  t.match(unknown, { stdout: '', stderr: /^\[ E11 \]/, exitCode: 11 })
  t.match(await errorLogOf(unknown.stderr), /Action: Enclave Console[^]*Failed to connect to specific enclave process: Os \{ code: 2, kind: NotFound/)
  t.match(await host.nitroCli('console', '--enclave-name', 'foreign'), { stdout: '', stderr: /^\[ E44 \]/, exitCode: 44 })
  t.match(parse((await host.nitroCli('describe-enclaves')).stdout), [{ EnclaveName: 'foreign' }], 'untouched')
})
