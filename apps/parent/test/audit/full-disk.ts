import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'

import { openDiskFile } from '../../src/journal/append-file.ts'
import { verifyAudit } from '../fixtures/audit.ts'
import { createRecordedService } from '../fixtures/recorded-service.ts'
import { get, post } from '../fixtures/service.ts'

const message = Buffer.from('hello').toString('base64')

function mount (directory: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory], { stdio: 'pipe' })
}

function canMount (): boolean {
  return process.getuid?.() === 0
}

test('a real file system that is full: 503 for what must be recorded, nothing lost, and service again when there is room', {
  skip: canMount() ? false : 'only root can mount a file system of its own',
}, async t => {
  const directory = join(t.testdir(), '..', 'full-disk-mount')
  mkdirSync(directory, { recursive: true })
  try {
    mount(directory)
  } catch {
    t.comment('skipped: this machine does not let root mount a tmpfs')
    return
  }
  t.teardown(() => {
    execFileSync('umount', [directory])
    rmSync(directory, { recursive: true })
  })
  const { app, audit } = await createRecordedService(t, {}, { directory, fileBytes: 65_536, openFile: openDiskFile, mode: 'on' })
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  let signed = 0
  let answer = await post(app, '/sign', { keyId: 'a', message })
  for (; answer.status === 200; answer = await post(app, '/sign', { keyId: 'a', message })) signed++
  t.match(answer, { status: 503, body: { code: 'AUDIT_UNAVAILABLE', detail: /ENOSPC/ } })
  t.ok(signed > 200, `${signed} signatures had room`)
  t.equal(statfsSync(directory).bfree, 0)
  t.match(audit.status(), { state: 'unavailable', reason: 'ENOSPC' })
  t.match(await verifyAudit(directory), { faults: 0 }, 'what there was room for of the last line is not there')
  t.equal((await get(app, '/livez')).status, 200)
  execFileSync('mount', ['-o', 'remount,size=512k', directory])
  while (audit.status().state !== 'recording') await sleep(10)
  t.equal((await post(app, '/sign', { keyId: 'a', message })).status, 200)
  t.match(await verifyAudit(directory), { faults: 0 })
})
