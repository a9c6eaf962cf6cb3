import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { EnclaveError, ProtocolError } from '@enclave-signer/protocol'
import { test } from 'tap'
import type { Test } from 'tap'

import { AuditLog } from '../../src/audit/audit-log.ts'
import type { AuditLogOptions } from '../../src/audit/audit-log.ts'
import { ParentError } from '../../src/errors.ts'
import { RequestProblem } from '../../src/problems/request-problem.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { auditFiles, auditLines, signFacts, verifyAudit } from '../fixtures/audit.ts'
import { FaultyDisk } from '../fixtures/faulty-disk.ts'

const signature = Buffer.from('3006020101020102', 'hex').toString('base64')

interface Opened {
  audit: AuditLog
  disk: FaultyDisk
  directory: string
  metrics: Metrics
  logLines: string[]
  metric: (name: string) => Promise<number | undefined>
}

async function open (t: Test, options: Partial<AuditLogOptions> = {}): Promise<Opened> {
  const directory = options.directory ?? t.testdir()
  const disk = new FaultyDisk()
  const metrics = createMetrics()
  const logLines: string[] = []
  const log = createLogger('info', { write: line => { logLines.push(line) } })
  const audit = await AuditLog.open({ directory, mode: 'on', fileBytes: 1_000_000, metrics, log, now: Date.now, openFile: disk.open, ...options })
  t.teardown(() => audit.close())
  const metric = async (name: string): Promise<number | undefined> => {
    const line = (await metrics.registry.metrics()).split('\n').find(line => line.startsWith(`enclave_signer_${name} `))
    return line === undefined ? undefined : Number(line.split(' ')[1])
  }
  return { audit, disk, directory, metrics, logLines, metric }
}

async function until (condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!await condition()) await sleep(5)
}

test('a signature\'s line says who had what signed with which key, and hashes in the place of message and signature', async t => {
  const { audit, directory } = await open(t, { now: () => Date.UTC(2026, 0, 15, 10, 20, 30, 123) })
  await audit.done({ ...signFacts('r-1'), sequence: 7 }, { signature })
  t.match(auditLines(directory).map(({ kind }) => kind), ['file', 'start', 'request'])
  const [{ previous, hash, ...line } = { hash: '', previous: '' }] = auditLines(directory).slice(-1)
  t.match([previous, hash], [/^[0-9a-f]{64}$/, /^[0-9a-f]{64}$/])
  t.same(line, {
    entry: 3,
    at: '2026-01-15T10:20:30.123Z',
    kind: 'request',
    requestId: 'r-1',
    caller: 'billing',
    action: 'sign',
    keyId: 'k',
    keySpec: 'ECC_NIST_P256',
    signingAlgorithm: 'ECDSA_SHA_256',
    messageType: 'RAW',
    signatureFormat: 'DER',
    // sha256sum of "hello", and of the bytes above.
    messageSha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    sequence: 7,
    signatureSha256: '676f0b8a8568db389920de2cf8e9c2c1555518e9cc97ae2652d7c819f5eb3e8c',
    signatureR: `${'0'.repeat(63)}1`,
    outcome: 'ok',
  })
  t.same(audit.status(), { mode: 'on', state: 'recording', reason: null, entry: 3, hash })
})

test('in the mode on an answer does not wait for the disk, which has the line soon', async t => {
  const { audit, disk, metric } = await open(t)
  const syncs = disk.syncs
  await audit.done(signFacts('r'), { signature })
  t.equal(disk.syncs, syncs)
  t.ok(Number(await metric('audit_unsynced_bytes')) > 0)
  await until(async () => await metric('audit_unsynced_bytes') === 0)
  t.equal(disk.syncs, syncs + 1)
})

test('in the mode strict one sync is shared by all that wait for it', async t => {
  const { audit, disk, directory } = await open(t, { mode: 'strict' })
  const syncs = disk.syncs
  let release = (): void => undefined
  disk.hold = new Promise(resolve => { release = resolve })
  const first = audit.done(signFacts('first'), { signature })
  await new Promise(setImmediate)
  const others = Array.from({ length: 63 }, (_, index) => audit.done(signFacts(String(index)), { signature }))
  release()
  disk.hold = undefined
  await Promise.all([first, ...others])
  t.equal(disk.syncs, syncs + 2)
  t.match(await verifyAudit(directory), { faults: 0, lines: 66 })
})

test('refusals are recorded with their codes, and a broken exchange as what nobody knows the end of', async t => {
  const { audit, directory, metrics } = await open(t)
  await audit.refused(signFacts('a'), new RequestProblem('NOT_PERMITTED', 'no'))
  await audit.refused(signFacts('b'), new EnclaveError('INVALID_DIGEST_LENGTH', 'no'))
  await audit.refused(signFacts('c'), new ProtocolError('DEADLINE_EXCEEDED', 'no answer'))
  t.match(auditLines(directory).slice(-3), [
    { requestId: 'a', outcome: 'refused', code: 'NOT_PERMITTED' },
    { requestId: 'b', outcome: 'refused', code: 'INVALID_DIGEST_LENGTH' },
    { requestId: 'c', outcome: 'unknown', code: 'DEADLINE_EXCEEDED' },
  ])
  t.notOk(auditLines(directory).some(line => 'signatureSha256' in line))
  t.match(await metrics.registry.metrics(), /audit_records_total\{outcome="refused"\} 2\n.*audit_records_total\{outcome="unknown"\} 1/)
})

test('a request that is turned away has a line, but not a second one where its signature was refused', async t => {
  const { audit, directory } = await open(t)
  const error = new RequestProblem('NOT_PERMITTED', 'no')
  await audit.refused(signFacts('a'), error)
  await audit.turnedAway({ requestId: 'a', caller: 'billing', action: null }, error)
  await audit.turnedAway({ requestId: 'b', caller: null, action: null }, new RequestProblem('CALLER_UNKNOWN', 'no'))
  t.strictSame(auditLines(directory).slice(-2).map(({ requestId, action }) => [requestId, action]), [['a', 'sign'], ['b', null]])
})

test('every request that one error ends has its line', async t => {
  const { audit, directory } = await open(t)
  const lost = new ProtocolError('CONNECTION_LOST', 'the other end closed the connection')
  await Promise.all(['a', 'b', 'c', 'c'].map(async requestId => { await audit.refused(signFacts(requestId), lost) }))
  t.strictSame(auditLines(directory).slice(-4).map(({ requestId, outcome }) => [requestId, outcome]), ['a', 'b', 'c', 'c'].map(id => [id, 'unknown']))
})

test('a caller who is refused again and again fills no disk: his refusals are counted', async t => {
  const { audit, directory, metric } = await open(t, { summariseEveryMs: 600_000 })
  const refusals = Array.from({ length: 5000 }, (_, index) => audit.refused(signFacts(String(index)), new RequestProblem('NOT_PERMITTED', 'no')))
  await Promise.all([...refusals, audit.refused({ ...signFacts('other'), caller: 'payments' }, new RequestProblem('NOT_PERMITTED', 'no'))])
  const lines = auditLines(directory)
  t.equal(lines.filter(({ caller }) => caller === 'billing').length, 100)
  t.equal(lines.filter(({ caller }) => caller === 'payments').length, 1)
  await audit.close()
  t.match(auditLines(directory).slice(-2), [{ kind: 'refusals', caller: 'billing', action: 'sign', code: 'NOT_PERMITTED', count: 4900 }, { kind: 'stop' }])
  t.equal(await metric('audit_summarised_refusals_total'), 4900)
})

test('what the enclave may have done is never only counted', async t => {
  const { audit, directory } = await open(t)
  await Promise.all(Array.from({ length: 300 }, (_, index) => audit.refused(signFacts(String(index)), new ProtocolError('CONNECTION_LOST', 'gone'))))
  t.equal(auditLines(directory).filter(({ outcome }) => outcome === 'unknown').length, 300)
})

for (const mode of ['on', 'strict'] as const) {
  test(`a full disk is AUDIT_UNAVAILABLE in the mode ${mode}, and over by itself when there is room, with a line that says so`, async t => {
    const { audit, disk, directory, metric, logLines } = await open(t, { mode })
    await audit.done(signFacts('before'), { signature })
    disk.room = 100
    await t.rejects(audit.done(signFacts('lost'), { signature }), { code: 'AUDIT_UNAVAILABLE', facts: { reason: 'ENOSPC' } })
    t.throws(() => { audit.check() }, { code: 'AUDIT_UNAVAILABLE', facts: { reason: 'ENOSPC' } })
    await audit.refused(signFacts('refused'), new RequestProblem('NOT_PERMITTED', 'no'))
    await t.rejects(audit.done(signFacts('lost too'), { signature }), { code: 'AUDIT_UNAVAILABLE' })
    t.match(audit.status(), { state: 'unavailable', reason: 'ENOSPC' })
    t.equal(await metric('audit_available'), 0)
    t.match(logLines.at(-1), /"level":"error".*ENOSPC.*the audit log cannot be written/)
    disk.room = Infinity
    await t.rejects(audit.done(signFacts('too early'), { signature }), { code: 'AUDIT_UNAVAILABLE' }, 'nothing comes before the line that tells of the outage')
    await until(() => audit.status().state === 'recording')
    audit.check()
    await audit.done(signFacts('after'), { signature })
    t.match(auditLines(directory).slice(2), [
      { requestId: 'before' },
      { kind: 'outage', since: /^\d{4}-/, reason: 'ENOSPC', refused: 1, withheld: 3, untold: 1 },
      { requestId: 'after' },
    ])
    t.equal(auditLines(directory).length, 5)
    t.equal(await metric('audit_available'), 1)
    t.match(await verifyAudit(directory), { faults: 0 })
  })
}

test('what is refused while the end of an outage is on its way to the disk is told too', async t => {
  const { audit, disk, directory } = await open(t, { mode: 'strict' })
  disk.room = 0
  await t.rejects(audit.done(signFacts('lost'), { signature }), { code: 'AUDIT_UNAVAILABLE' })
  disk.room = Infinity
  disk.syncMs = 100
  let refused = 0
  while (audit.status().state === 'unavailable') {
    try { audit.check() } catch { refused++ }
    await sleep(5)
  }
  disk.syncMs = 0
  await audit.close()
  const told = auditLines(directory).filter(({ kind }) => kind === 'outage')
  t.equal(told.length, 2)
  t.equal(told[0]?.since, told[1]?.since)
  t.same(told.map(({ withheld }) => withheld), [1, 0])
  t.equal(told.reduce((sum, line) => sum + Number(line.refused), 0), refused)
})

test('of a group that could not be written nobody gets through', async t => {
  const { audit, disk, directory } = await open(t, { mode: 'strict' })
  disk.syncFault = 'EIO'
  const settled = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => audit.done(signFacts(String(index)), { signature })))
  t.ok(settled.every(({ status }) => status === 'rejected'))
  disk.syncFault = undefined
  await until(() => audit.status().state === 'recording')
  t.match(auditLines(directory).slice(2), [{ kind: 'outage', reason: 'EIO', withheld: 10 }])
})

test('a sync that fails in the mode on makes the log unavailable, and no line is lost when it is over', async t => {
  const { audit, disk, directory } = await open(t)
  disk.syncFault = 'EIO'
  await audit.done(signFacts('a'), { signature })
  await until(() => audit.status().state === 'unavailable')
  disk.syncFault = undefined
  await until(() => audit.status().state === 'recording')
  t.match(auditLines(directory).slice(2), [{ requestId: 'a' }, { kind: 'outage', reason: 'EIO', withheld: 0 }])
  t.match(await verifyAudit(directory), { faults: 0 })
})

test('what a failed sync has lost is written again before a line counts as on the disk', async t => {
  const { audit, disk, directory, metric } = await open(t)
  disk.syncMs = 30
  disk.nextSyncFault = 'EIO'
  while (audit.status().state === 'recording') {
    await audit.done(signFacts('a'), { signature }).catch(() => undefined)
    await sleep(1)
  }
  t.not(disk.lost, 0, 'the control')
  await until(async () => await metric('audit_unsynced_bytes') === 0 && audit.status().state === 'recording')
  t.equal(disk.lost, 0)
  t.match(await verifyAudit(directory), { faults: 0 })
})

test('no file is followed by another before what a failed sync has lost of it is written again', async t => {
  const { audit, disk, directory } = await open(t, { fileBytes: 1000 })
  await audit.done(signFacts('a'), { signature })
  disk.nextSyncFault = 'EIO'
  await t.rejects(audit.done(signFacts('lost'), { signature }), { code: 'AUDIT_UNAVAILABLE' })
  t.not(disk.lost, 0, 'the control')
  await until(() => audit.status().state === 'recording')
  t.match([auditFiles(directory).length, disk.lost], [2, 0])
})

test('during an outage the log is whole', async t => {
  const { audit, disk, directory } = await open(t, { mode: 'strict' })
  disk.room = 100
  await t.rejects(audit.done(signFacts('lost'), { signature }), { code: 'AUDIT_UNAVAILABLE' })
  t.equal(disk.room, 0, 'the control: a piece of a line was written')
  t.match(await verifyAudit(directory), { faults: 0, lines: 2 })
})

test('a start on a full disk is an outage and not an end', async t => {
  const disk = new FaultyDisk()
  disk.room = 0
  const { audit, directory } = await open(t, { openFile: disk.open })
  t.match(audit.status(), { state: 'unavailable', entry: 0 })
  t.same(auditFiles(directory), [])
  disk.room = Infinity
  await until(() => audit.status().state === 'recording')
  await audit.done(signFacts('a'), { signature })
  t.match(auditLines(directory), [{ kind: 'file', entry: 1 }, { kind: 'start' }, { kind: 'outage' }, { requestId: 'a' }])
})

test('the folder of the log is on the disk before a line in it is', async t => {
  const parent = t.testdir()
  const { disk } = await open(t, { directory: join(parent, 'audit') })
  t.same([...disk.syncedFolders], [parent, join(parent, 'audit')])
})

test('a file that is large enough is followed by another, and the chain runs on', async t => {
  const { audit, directory } = await open(t, { fileBytes: 2000 })
  for (let index = 0; index < 20; index++) await audit.done(signFacts(String(index)), { signature })
  const files = auditFiles(directory)
  t.ok(files.length > 3)
  for (const path of files) {
    const [first] = readFileSync(path, 'utf8').split('\n')
    const { entry } = JSON.parse(first ?? '') as { entry: number }
    t.equal(path, join(directory, `audit-${String(entry).padStart(16, '0')}.jsonl`))
    t.match(first, /"kind":"file","format":1/)
  }
  t.match(await verifyAudit(directory), { faults: 0, first: 1 })
  t.equal(auditLines(directory).filter(({ kind }) => kind === 'request').length, 20)
})

test('no room for the next file is an outage too, and the one before is gone on with', async t => {
  const { audit, disk, directory } = await open(t, { fileBytes: 1000 })
  await audit.done(signFacts('a'), { signature })
  disk.openFault = 'ENOSPC'
  await t.rejects(audit.done(signFacts('lost'), { signature }), { code: 'AUDIT_UNAVAILABLE' })
  disk.openFault = undefined
  await until(() => audit.status().state === 'recording')
  t.equal(auditFiles(directory).length, 2)
  t.match(await verifyAudit(directory), { faults: 0 })
})

for (const [what, fault] of [['whose name is not on the disk', 'folderSyncFault'], ['after which the one before cannot be closed', 'closeFault']] as const) {
  test(`a next file ${what} is the one that is gone on with, and has every line once`, async t => {
    const { audit, disk, directory } = await open(t, { fileBytes: 1000 })
    await audit.done(signFacts('a'), { signature })
    disk[fault] = 'EIO'
    const isWritten = await audit.done(signFacts('b'), { signature }).then(() => true, () => false)
    t.equal(isWritten, fault === 'closeFault')
    disk[fault] = undefined
    await until(() => audit.status().state === 'recording')
    await audit.done(signFacts('c'), { signature })
    t.equal(auditFiles(directory).length, 2)
    const rest = isWritten ? [{ requestId: 'b' }] : [{ kind: 'outage', reason: 'EIO', withheld: 1 }]
    t.match(auditLines(directory).slice(2), [{ requestId: 'a' }, { kind: 'file' }, ...rest, { requestId: 'c' }])
    t.equal(auditLines(directory).length, 6)
    t.match(await verifyAudit(directory), { faults: 0 })
  })
}

test('the chain runs on over a stop and over a crash, and a torn line is closed off even in a file that is large enough', async t => {
  const directory = t.testdir()
  const first = await open(t, { directory })
  await first.audit.done(signFacts('a'), { signature })
  await first.audit.close()
  const [path = ''] = auditFiles(directory).slice(-1)
  writeFileSync(path, readFileSync(path).subarray(0, -30))
  const second = await open(t, { directory, fileBytes: 500 })
  t.match(second.logLines[0], /a recovery record closes it off/)
  await second.audit.done(signFacts('b'), { signature })
  t.match(await verifyAudit(directory), { faults: 0, recoveries: 1, first: 1 })
  t.match(auditLines(directory).map(({ kind }) => kind), ['file', 'start', 'request', 'recovery', 'start', 'file', 'request'])
})

test('a file that is large enough gets the newline that it lacks before it is followed by another', async t => {
  const directory = t.testdir()
  const first = await open(t, { directory })
  await first.audit.close()
  const [path = ''] = auditFiles(directory)
  writeFileSync(path, readFileSync(path).subarray(0, -1))
  const { audit } = await open(t, { directory, fileBytes: 500 })
  await audit.done(signFacts('a'), { signature })
  t.equal(auditFiles(directory).length, 2)
  t.match(await verifyAudit(directory), { faults: 0, recoveries: 0 })
})

test('a log whose last file was changed is not gone on with', async t => {
  const directory = t.testdir()
  const first = await open(t, { directory })
  await first.audit.done(signFacts('a'), { signature })
  await first.audit.close()
  const [path = ''] = auditFiles(directory)
  writeFileSync(path, readFileSync(path, 'utf8').replace('billing', 'willing'))
  await t.rejects(open(t, { directory }), { name: 'JournalDamaged', message: /line 3: the line does not fit its hash/ })
})

test('the head is in the service\'s own log when it stops', async t => {
  const { audit, logLines } = await open(t)
  await audit.close()
  t.match(JSON.parse(logLines.at(-1) ?? ''), { msg: 'audit log head', entry: 3, hash: audit.status().hash })
})

test('an outage is not recorded as a refusal of itself', async t => {
  const { audit, directory } = await open(t)
  await audit.refused(signFacts('a'), new ParentError('AUDIT_UNAVAILABLE', 'no', { reason: 'ENOSPC' }))
  t.equal(auditLines(directory).length, 2)
})
