import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { test } from 'tap'
import type { Test } from 'tap'

import { AuditLog } from '../../src/audit/audit-log.ts'
import { auditCommand } from '../../src/audit/command.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { auditFiles, auditLines, signFacts, verifyAudit } from '../fixtures/audit.ts'

const signature = Buffer.alloc(70, 7).toString('base64')

/** A log of `requests` signatures in files of at least 64 KiB; its folder is `audit` in the answered one. */
async function makeLog (t: Test, requests: number): Promise<{ dataDir: string, directory: string }> {
  const dataDir = t.testdir()
  const directory = join(dataDir, 'audit')
  const audit = await AuditLog.open({ directory, mode: 'on', fileBytes: 65_536, metrics: createMetrics(), log: createLogger('silent'), now: Date.now })
  for (let index = 0; index < requests; index += 50) {
    await Promise.all(Array.from({ length: Math.min(50, requests - index) }, (_, within) => audit.done(signFacts(`r-${index + within}`), { signature })))
  }
  await audit.close()
  return { dataDir, directory }
}

test('a log as it was written ends with 0 and says what there is', async t => {
  const { dataDir, directory } = await makeLog(t, 500)
  const lines = auditLines(directory)
  const head = lines.at(-1)?.hash ?? ''
  for (const args of [[directory], auditFiles(directory).toReversed(), []]) {
    const { exitCode, stdout, stderr } = await auditCommand(['verify', ...args], { DATA_DIR: dataDir })
    t.match({ exitCode, stderr }, { exitCode: 0, stderr: '' })
    t.equal(stdout, `${auditFiles(directory).length} files, ${lines.length} lines, entries 1 to ${lines.length}, head ${head}\nok: the log is as it was written\n`)
  }
})

test('a changed byte anywhere in a large log ends with 1 and names file and line', async t => {
  const { directory } = await makeLog(t, 2000)
  const files = auditFiles(directory)
  t.ok(files.length > 10)
  await fc.assert(fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (fileSeed, byteSeed, mask) => {
    const path = files[fileSeed % files.length] ?? ''
    const original = readFileSync(path)
    const index = byteSeed % original.length
    const changed = Buffer.from(original)
    changed.writeUInt8(original.readUInt8(index) ^ mask, index)
    writeFileSync(path, changed)
    const { faults, told } = await verifyAudit(directory)
    writeFileSync(path, original)
    const line = original.subarray(0, index).toString('latin1').split('\n').length
    return faults > 0 && path.endsWith(told[0]?.file ?? 'none') && Math.abs((told[0]?.line ?? 0) - line) <= 1
  }), { numRuns: 150 })
  t.match(await verifyAudit(directory), { faults: 0 })
})

test('a file that is gone is found, unless it is the first', async t => {
  const { directory } = await makeLog(t, 500)
  const [first = '', second = '', ...others] = auditFiles(directory)
  const without = await auditCommand(['verify', first, ...others], {})
  t.match(without, { exitCode: 1, stdout: /^audit-\d+\.jsonl:1: missing: entries \d+ to \d+ are missing before entry \d+\n/ })
  const later = await auditCommand(['verify', second, ...others], {})
  t.match(later, { exitCode: 0, stdout: /; what came before entry \d+ was not looked at\n/ })
})

test('a cut tail is found only by who has kept a head', async t => {
  const { directory } = await makeLog(t, 20)
  const [path = ''] = auditFiles(directory)
  const lines = auditLines(directory)
  const [early, last] = [lines.at(-5)?.hash ?? '', lines.at(-1)?.hash ?? '']
  t.match(await auditCommand(['verify', '--expect-head', early, '--expect-head', last, directory], {}), { exitCode: 0 })
  writeFileSync(path, readFileSync(path, 'utf8').split(/(?<=\n)/).slice(0, -3).join(''))
  t.match(await auditCommand(['verify', directory], {}), { exitCode: 0 }, 'the control: a chain knows nothing of what came after')
  t.match(await auditCommand(['verify', '--expect-head', early, directory], {}), { exitCode: 0 })
  t.match(await auditCommand(['verify', '--expect-head', last, directory], {}), {
    exitCode: 1, stdout: new RegExp(`^the log does not hold the head ${last}: lines are gone, or this is another log\n`),
  })
})

test('a last line that is being written is waited for', async t => {
  const { directory } = await makeLog(t, 20)
  const [path = ''] = auditFiles(directory)
  const whole = readFileSync(path)
  writeFileSync(path, whole.subarray(0, -100))
  const verification = auditCommand(['verify', directory], {})
  appendFileSync(path, whole.subarray(-100))
  t.match(await verification, { exitCode: 0 })
  writeFileSync(path, whole.subarray(0, -100))
  t.match(await auditCommand(['verify', directory], {}), { exitCode: 1, stdout: /: torn: the last line is not whole/ })
})

test('of very many faults the first hundred are told, and how many more there are', async t => {
  const { directory } = await makeLog(t, 800)
  for (const path of auditFiles(directory)) {
    writeFileSync(path, readFileSync(path, 'utf8').split('\n').filter((_, index) => index % 2 === 0).join('\n'))
  }
  const { exitCode, stdout } = await auditCommand(['verify', directory], {})
  t.equal(exitCode, 1)
  t.equal(stdout.split('\n').filter(line => line.includes(': missing: ')).length, 100)
  t.match(stdout, /^and \d+ more$/m)
})

for (const [what, args] of Object.entries({
  'no verb': [],
  'another verb': ['rewrite'],
  'an unknown option': ['verify', '--fix'],
  'a head that is no hash': ['verify', '--expect-head', 'abc'],
  'a file that is not there': ['verify', '/nowhere/audit.jsonl'],
})) {
  test(`${what} ends with 2`, async t => {
    t.match(await auditCommand(args, { DATA_DIR: t.testdir() }), { exitCode: 2, stdout: '', stderr: /^enclave-signer audit: / })
  })
}

test('a folder without a log ends with 2: nothing was verified', async t => {
  t.match(await auditCommand(['verify', t.testdir()], {}), { exitCode: 2, stderr: /there is no audit log/ })
})

test('the command line runs it', async t => {
  const { directory } = await makeLog(t, 3)
  const cli = join(import.meta.dirname, '../../src/cli.ts')
  t.match(execFileSync(process.execPath, [cli, 'audit', 'verify', directory], { encoding: 'utf8' }), /^1 file, 6 lines, /)
  t.match(execFileSync(process.execPath, [cli, 'audit', '--help'], { encoding: 'utf8' }), /^Usage: enclave-signer audit verify/)
  appendFileSync(auditFiles(directory)[0] ?? '', '{}\n')
  t.equal(spawnSync(process.execPath, [cli, 'audit', 'verify', directory]).status, 1)
  rmSync(directory, { recursive: true })
  t.equal(spawnSync(process.execPath, [cli, 'audit', 'verify', directory]).status, 2)
})
