import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'

import { test } from 'tap'

import { auditLines, verifyAudit } from './fixtures/audit.ts'
import { startParentOnHost } from './fixtures/parent-on-host.ts'
import type { ParentOnHost } from './fixtures/parent-on-host.ts'
import { runSigningLoad } from './fixtures/signing-load.ts'
import type { Received } from './fixtures/signing-load.ts'

/** How often the parent is killed in each mode. */
const kills = Math.ceil(Number(process.env.AUDIT_KILLS ?? 6) / 2)
const guardedKeyIds = ['guarded-a', 'guarded-b', 'guarded-c']

for (const mode of ['on', 'strict']) {
  test(`AUDIT=${mode}: after every kill -9 under load each signature that a client received is in the log, and no sequence was signed twice`, async t => {
    // Files of 64 KiB, the smallest: some kills come while a file is being followed by the next.
    await using service = await startParentOnHost({ env: { AUDIT: mode, AUDIT_FILE_BYTES: '65536' } })
    const directory = join(service.dataDir, 'audit')
    for (const keyId of ['plain', ...guardedKeyIds]) await service.post('/keys', { keyId, keySpec: 'ECC_SECG_P256K1' })
    const received: Received = { signatures: new Set(), guarded: new Map() }
    const sequences = new Map<string, number>()
    for (let kill = 1; kill <= kills; kill++) {
      await killUnderLoad(service, received, sequences)
      await service.restart()
      const { status, stdout } = verifyAudit(directory)
      t.equal(status, 0, `kill ${kill}: the chain holds: ${stdout}`)
      const inLog = new Set(auditLines(directory).map(({ signatureSha256 }) => signatureSha256))
      t.same([...received.signatures].filter(signature => !inLog.has(signature)), [], `kill ${kill}: all ${received.signatures.size} are in the log`)
    }
    const twice = Array.from(received.guarded).filter(([, signatures]) => signatures.size > 1).map(([name]) => name)
    t.same(twice, [], `of ${received.guarded.size} sequences none was answered with two signatures`)
    const signed = auditLines(directory).filter(({ sequence, outcome }) => sequence !== undefined && outcome === 'ok').map(({ keyId, sequence }) => `${keyId} ${sequence}`)
    t.equal(new Set(signed).size, signed.length, 'and none is in the log with two')
    for (const keyId of guardedKeyIds) {
      const { body: { lastSequence } } = await service.get(`/keys/${keyId}`)
      t.ok(Number(lastSequence) >= Math.max(...signed.filter(name => name.startsWith(`${keyId} `)).map(name => Number(name.split(' ')[1]))))
    }
    t.equal(await service.stopParent(), 0)
    t.match(auditLines(directory).at(-1), { kind: 'stop' })
    t.match(verifyAudit(directory), { status: 0 })
  })
}

/** Kills the parent when clients have received a random number of signatures. */
async function killUnderLoad (service: ParentOnHost, received: Received, sequences: Map<string, number>): Promise<void> {
  const { url, pid } = service
  let left = 50 + Math.floor(Math.random() * 1500)
  const onSignature = (): void => { if (--left === 0) process.kill(pid, 'SIGKILL') }
  await runSigningLoad({ url, received, plain: { keyId: 'plain', connections: 16 }, guardedKeyIds, sequences, onSignature })
  while (isAlive(pid)) await sleep(10)
}

function isAlive (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
