import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { findTool } from '../scripts/test/find-tool.ts'
import { makeDataDir, startService } from './fixtures/service.ts'

const installed = join(import.meta.dirname, '../.tap/schemathesis/bin/st')
const schemathesis = existsSync(installed) ? installed : findTool('st')

const skip = schemathesis === undefined ? 'schemathesis is not installed' : false

interface HarEntry {
  request: { method: string, url: string }
  response: { status: number }
}

test('schemathesis finds no 5xx and no answer that the specification does not have', { skip }, async t => {
  // Made-up keys are soon made up again: a window of a second keeps most of them from being the repeat of another request.
  await using service = await startService({ env: { IDEMPOTENCY_WINDOW_MS: '1000' } })
  const answered = fuzz(t, `${service.url}/openapi.json`, ['--max-examples', '10'])
  for (const operation of ['POST /sign', 'POST /sign/batch', 'POST /keys', 'GET /keys', 'GET /enclave/status', 'GET /metrics']) {
    const statuses = answered.get(operation) ?? new Set()
    t.ok(statuses.has(200) || statuses.has(201), `the control: ${operation} was carried out`)
  }
  t.ok(answered.get('POST /sign')?.has(400), 'the control: faults were sent too')
})

test('nor where callers are known, permitted little and limited', { skip }, async t => {
  const token = 'a-token-of-a-reader-long-enough-for-anybody'
  const callersFile = join(makeDataDir(), 'callers.yaml')
  writeFileSync(callersFile, `
callers:
  - name: reader
    credentials: [{ tokenSha256: "${createHash('sha256').update(token).digest('hex')}" }]
    permissions: [{ actions: ["enclave:read"] }, { actions: ["sign"], keys: ["d*"], signingAlgorithms: ["ECDSA_SHA_256"] }]
    rates: { total: { requestsPerSecond: 2, burst: 20 } }
`)
  await using service = await startService({ env: { CALLERS_FILE: callersFile } })
  const authorization = `Bearer ${token}`
  const specification = join(t.testdir(), 'openapi.json')
  writeFileSync(specification, await (await fetch(`${service.url}/openapi.json`, { headers: { authorization } })).text())

  const asNobody = fuzz(t, specification, ['--url', service.url, '--phases', 'examples'])
  t.same(asNobody.get('POST /sign'), new Set([401]))
  const asReader = fuzz(t, specification, ['--url', service.url, '--phases', 'examples,coverage', '--header', `Authorization: ${authorization}`])
  t.ok(asReader.get('POST /keys')?.has(403), 'the control: the reader was known, and refused')
  t.ok([...asReader.values()].some(statuses => statuses.has(429)), 'the control: he was limited')
})

/** Runs it, and answers which statuses each operation was answered with. */
function fuzz (t: Test, specification: string, options: string[]): Map<string, Set<number>> {
  const report = join(t.testdirName, 'requests.har')
  mkdirSync(t.testdirName, { recursive: true })
  const { status, stdout, stderr } = spawnSync(schemathesis ?? '', [
    '--config-file', join(import.meta.dirname, 'fixtures/schemathesis.toml'),
    // What one run finds, the next one finds.
    'run', specification, '--seed', '1', '--report', 'har', '--report-har-path', report, ...options,
  ], { encoding: 'utf8', cwd: t.testdirName })
  t.equal(status, 0, `${stdout.slice(-8000)}${stderr}`)
  const answered = readAnswers(report)
  t.same([...answered.values()].flatMap(statuses => [...statuses]).filter(code => code >= 500), [])
  return answered
}

/** Which statuses each method and path was answered with. */
function readAnswers (report: string): Map<string, Set<number>> {
  const { log: { entries } } = JSON.parse(readFileSync(report, 'utf8')) as { log: { entries: HarEntry[] } }
  const answers = new Map<string, Set<number>>()
  for (const { request: { method, url }, response: { status } } of entries) {
    const operation = `${method} ${new URL(url).pathname}`
    answers.set(operation, (answers.get(operation) ?? new Set()).add(status))
  }
  return answers
}
