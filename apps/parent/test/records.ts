import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { createLogger } from '../src/logger.ts'
import { createMetrics } from '../src/metrics/metrics.ts'
import { openRecords } from '../src/records.ts'
import type { Records } from '../src/records.ts'
import { auditFiles, auditLines, signFacts } from './fixtures/audit.ts'

const log = createLogger('silent')

async function openAt (dataDir: string, mode: 'off' | 'on' = 'on'): Promise<Records> {
  const config = { dataDir, audit: { mode, fileBytes: 1_000_000 }, enclave: { name: 'test', cpuCount: 2, memoryMib: 64, cid: 16, debugMode: false, expectedPcr0: undefined } }
  return await openRecords({ config, metrics: createMetrics(), log, now: Date.now })
}

test('two services never write to one DATA_DIR, and the next one goes on when the first has ended', async t => {
  const dataDir = t.testdir()
  const first = await openAt(dataDir)
  await t.rejects(openAt(dataDir), { message: /^DATA_DIR is in use by another process/ })
  await first.audit.done(signFacts('a'), {})
  await first[Symbol.asyncDispose]()
  await using second = await openAt(dataDir)
  await second.audit.done(signFacts('b'), {})
  t.match(auditLines(join(dataDir, 'audit')).map(({ kind }) => kind), ['file', 'start', 'request', 'stop', 'start', 'request'])
})

test('a service that is being replaced is waited for', async t => {
  const dataDir = t.testdir()
  const first = await openAt(dataDir)
  const second = openAt(dataDir)
  await new Promise(setImmediate)
  await first[Symbol.asyncDispose]()
  await (await second)[Symbol.asyncDispose]()
  t.match(auditLines(join(dataDir, 'audit')).map(({ kind }) => kind), ['file', 'start', 'stop', 'start', 'stop'])
})

test('a service that was killed leaves nothing in the way of the next one', async t => {
  const dataDir = t.testdir()
  const source = `
    import { openRecords } from ${JSON.stringify(join(import.meta.dirname, '../src/records.ts'))}
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, '../src/logger.ts'))}
    import { createMetrics } from ${JSON.stringify(join(import.meta.dirname, '../src/metrics/metrics.ts'))}
    const config = { dataDir: ${JSON.stringify(dataDir)}, audit: { mode: 'on', fileBytes: 1000000 }, enclave: { name: 'killed' } }
    await openRecords({ config, metrics: createMetrics(), log: createLogger('silent'), now: Date.now })
    process.stdout.write('open')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await t.rejects(openAt(dataDir), { message: /in use by another process/ })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await openAt(dataDir))[Symbol.asyncDispose]()
})

test('a DATA_DIR with a name of any length can be locked', async t => {
  const dataDir = join(t.testdir(), 'a'.repeat(150))
  mkdirSync(dataDir)
  await using records = await openAt(dataDir)
  t.equal(records.audit.status().state, 'recording')
  t.ok(existsSync(join(dataDir, 'lock')))
})

test('AUDIT=off writes no audit log, and the watermarks all the same', async t => {
  const dataDir = t.testdir()
  await using records = await openAt(dataDir, 'off')
  records.audit.check()
  await records.audit.done(signFacts('a'), {})
  await records.audit.refused(signFacts('a'), new Error('x'))
  t.match(records.audit.status(), { mode: 'off' })
  t.notOk(existsSync(join(dataDir, 'audit')))
  await records.watermarks.advance('k', 1)
  t.ok(existsSync(join(dataDir, 'watermarks/journal.jsonl')))
})

test('an audit log that is not as it was written keeps the service from starting, and says what to do', async t => {
  const dataDir = t.testdir()
  const first = await openAt(dataDir)
  await first.audit.done(signFacts('a'), {})
  await first[Symbol.asyncDispose]()
  const [path = ''] = auditFiles(join(dataDir, 'audit'))
  writeFileSync(path, readFileSync(path, 'utf8').replace('billing', 'willing'))
  await t.rejects(openAt(dataDir), {
    message: /^the audit log is not as it was written: audit-0000000000000001\.jsonl, line 3: .*"enclave-signer audit verify".*move it out of DATA_DIR\/audit/,
  })
  writeFileSync(path, readFileSync(path, 'utf8').replace('willing', 'billing'))
  await (await openAt(dataDir))[Symbol.asyncDispose]()
})
