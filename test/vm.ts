import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { verifyAttestationDocument } from '@enclave-signer/attestation'
import { test } from 'tap'
import type { Test } from 'tap'

import { opensslVerifies } from './fixtures/openssl.ts'
import { bootMachine, whyNoMachine } from './fixtures/vm/boot-machine.ts'
import type { BootedMachine } from './fixtures/vm/boot-machine.ts'
import type { ProcessFacts } from './fixtures/vm/inside/processes.ts'
import type { Reports } from './fixtures/vm/inside/reports.ts'

const folder = mkdtempSync(join(tmpdir(), 'enclave-signer-vm-'))
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })

const user = '65532 65532 65532 65532'
const noCapability = '0'.repeat(16)

test('the enclave\'s image on a real kernel, over real vsock', { skip: whyNoMachine() ?? false, timeout: 580_000 }, async t => {
  const machine = await bootMachine(folder)
  const { run: { reports, console, end }, pcr0 } = machine
  if (reports.failed !== undefined || reports.withoutNsm === undefined) {
    t.fail('the machine did not come to its end', { end, failed: reports.failed, console })
    return
  }
  const told = reports as Required<Reports>

  t.test('the machine runs Debian\'s backported kernel', async t => {
    t.match(told.machine, { kernel: /^6\.12\./, vsock: true })
  })
  t.test('the enclave asks the NSM by ioctl, through the kernel', async t => { checkNsm(t, machine, told.nsm) })

  t.test('the parent brings the enclave up, and its boot sequence is complete', async t => {
    t.match(told.ready.status, { state: 'ready', enclaves: [{ state: 'ready', cid: 16, debugMode: false, measurements: { PCR0: pcr0 } }] })
    t.match(told.ready.status, { relays: [{ name: 'socat-0', state: 'running', restarts: 0 }, { name: 'vsock-proxy', state: 'running', restarts: 0 }] })
    const events = eventsOf(told.ready.console)
    t.same(events.filter(({ event }) => event === 'boot.step').map(({ step }) => step), [
      'settings', 'machine', 'core-dumps', 'nsm', 'randomness', 'registers', 'clock', 'run-directory', 'privileges', 'listener', 'bridges',
    ])
    t.match(events.find(({ event }) => event === 'nsm.described'), { pcr0, mode: 'production' })
    t.notOk(events.some(({ level }) => level !== 'info'), 'nothing but what is in order')
  })

  t.test('the attestation document that the parent serves is the NSM\'s, with every register locked', async t => {
    const { status, body, nonce } = told.attestation
    t.equal(status, 200)
    const document = verifyAttestationDocument(Buffer.from(body.attestationDocument as string, 'base64'), {
      root: machine.nsmRoot, now: Date.now(), nonce: Buffer.from(nonce, 'hex'), expectedPcrs: { PCR0: pcr0 },
    })
    t.equal(document.pcrs.size, 32)
  })

  t.test('a key is made and a message signed: from the parent\'s HTTP port over both socats and vsock, and the signature verifies', async t => {
    t.match(told.created, { status: 201, body: { keyId: 'vm', keySpec: 'ECC_NIST_P256', origin: 'ENCLAVE' } })
    for (const { status, body } of [told.signed, told.orphan.signedAgain]) {
      t.match({ status, body }, { status: 200, body: { keyId: 'vm', signingAlgorithm: 'ECDSA_SHA_256' } })
      t.ok(opensslVerifies({
        publicKeyPem: told.created.body.publicKey as string,
        signingAlgorithm: 'ECDSA_SHA_256',
        messageType: 'RAW',
        message: Buffer.from(told.signed.message, 'base64'),
        signature: Buffer.from(body.signature as string, 'base64'),
      }))
    }
  })

  t.test('KMS was called through the vsock listener, under a policy that allows this PCR0 alone', async t => {
    t.match(machine.withoutAttestation, { name: 'AccessDeniedException' }, 'the control: nobody else may')
    t.same(told.kms.calls, { 'GenerateDataKey:ok': 1, 'Decrypt:ok': 1 })
  })

  t.test('the command lines are the product\'s own', async t => {
    t.same(asked(told.processes.relays), [
      'socat tcp-listen:8888,fork,reuseaddr,bind=127.0.0.1,nodelay vsock-connect:16:8888',
      'vsock-proxy 8000 kms.us-east-1.amazonaws.com 443',
    ])
    t.same(asked(told.processes.enclave), [
      'socat -T60 UNIX-LISTEN:/run/enclave-signer/kms.sock,fork,unlink-early,mode=0600,max-children=16 VSOCK-CONNECT:3:8000',
      'socat VSOCK-LISTEN:8888,fork,reuseaddr,max-children=80 UNIX-CONNECT:/run/enclave-signer/enclave.sock',
    ])
  })

  t.test('nothing in the enclave has root\'s rights, or can get them', async t => {
    t.ok(told.processes.enclave.length >= 4, 'the program, two bridges and a connection')
    for (const { commandLine, uids, gids, groups, noNewPrivileges, capabilities, coreLimit } of told.processes.enclave) {
      t.same({ uids, gids, groups, noNewPrivileges, coreLimit }, { uids: user, gids: user, groups: '', noNewPrivileges: '1', coreLimit: '0 0' }, commandLine)
      t.same(capabilities.split(' '), [noCapability, noCapability, noCapability])
    }
  })

  t.test('no code can be written: neither in the image\'s tree, nor where it is mapped from a file', async t => {
    t.same(told.writable.files, [], 'every file is root\'s, and root\'s alone to write')
    t.same(told.mappings.writableAndExecutable.filter(name => name !== ''), [], 'what V8 compiles has no name')
    t.ok(told.mappings.executableFiles.includes('/rootfs/usr/local/bin/node'), 'the control')
  })

  t.test('as process 1 the program reaps what its bridges leave behind', async t => {
    const { before, after, left } = told.orphan
    const program = left.find(({ innerPid }) => innerPid === 1)
    t.match(program, { commandLine: /vm-entry/ })
    t.not(before.parent, program?.pid)
    t.equal(after.parent, program?.pid, 'it was the program\'s to reap')
    t.notOk(left.some(({ pid }) => pid === after.pid), 'it is gone')
    t.same(left.filter(({ state }) => state === 'Z'), [])
    const [ended, started] = eventsOf(told.stopped.console).filter(({ event }) => event === 'bridge.ended' || event === 'bridge.started').slice(2)
    t.match([ended, started], [{ event: 'bridge.ended', bridge: 'parent', exitCode: 137 }, { event: 'bridge.started', bridge: 'parent' }])
  })

  t.test('asked to stop, parent and enclave end in order, with status 0', async t => {
    t.equal(told.stopped.parentExit, 0)
    checkStop(t, told.stopped.console)
  })

  t.test('the image\'s own entry comes up under init, and refuses a KMS that is not Amazon\'s', async t => {
    const { console, refused, program } = told.production
    t.match(program, { commandLine: 'node /app/apps/enclave/src/main.ts', uids: user })
    t.not(program.innerPid, 1, 'init is process 1')
    t.equal(refused, 'KMS_UNTRUSTED')
    t.match(eventsOf(console).find(({ event }) => event === 'kms.failed'), { operation: 'GenerateDataKey', code: 'KMS_UNTRUSTED' })
    checkStop(t, console)
  })

  t.test('a step of the boot that fails ends the enclave with status 1, and the last line says which and why', async t => {
    const { status, console } = told.withoutNsm
    t.equal(status, 1)
    t.match(eventsOf(console).at(-1), { level: 'error', event: 'enclave.failed', step: 'nsm', code: 'NSM_FAILED' })
    t.equal(console.at(-1), 'child exited with error', 'init says so too')
  })
})

function checkNsm (t: Test, { nsmRoot }: BootedMachine, told: Reports['nsm']): void {
  const [one = '', other = ''] = told.random
  t.match(told.random, [/^[0-9a-f]{512}$/, /^[0-9a-f]{512}$/])
  t.not(one, other)
  t.match(told.described, { moduleId: 'i-0123456789abcdef0-enc0123456789abcdef', version: '1.0.0', digest: 'SHA384', maxPcrs: 32 })
  t.equal(told.described.lockedPcrs.length, 16)
  t.same(told.pcr0, { locked: true, value: 'a0'.repeat(48) })
  t.match(told.extended, /^b1c16eb7634112b7/, 'SHA384 of 48 zeros and "abc"')
  t.same(told.pcr16, { locked: false, value: told.extended })
  t.same(told.lockedTwice, ['done', 'the NSM answered ReadOnlyIndex'])
  t.equal(told.extendedLocked, 'the NSM answered ReadOnlyIndex')
  t.equal(told.noSuchRegister, 'the NSM answered InvalidIndex')
  t.equal(told.tooLargeNonce, 'the NSM answered InputTooLarge')
  t.equal(told.lockedAll, 'done')
  t.equal(told.describedAfter.lockedPcrs.length, 32)
  t.equal(told.tooLongRequest, 'EMSGSIZE')
  t.equal(told.otherCommand, 'ENOTTY')
  const nonce = Buffer.from(told.nonce, 'hex')
  const document = verifyAttestationDocument(Buffer.from(told.document, 'base64'), { root: nsmRoot, now: Date.now(), nonce })
  t.same([document.pcrs.size, document.userData?.toString()], [17, 'user data'], 'PCR16 was locked by then')
}

/** The program's last lines, and how it ended. Between them it erases its keys. */
function checkStop (t: Test, console: readonly string[]): void {
  const events = eventsOf(console)
  t.ok(events.some(({ event, signal }) => event === 'enclave.stopping' && signal === 'SIGTERM'))
  t.match(events.at(-1), { event: 'enclave.stopped' })
  t.equal(console.at(-1), 'the enclave ended with status 0')
}

function eventsOf (console: readonly string[]): Record<string, unknown>[] {
  return console.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Record<string, unknown>)
}

/** What stand-ins were asked to run, each once: what they fork has the same. */
function asked (processes: readonly ProcessFacts[]): string[] {
  return [...new Set(processes.map(({ askedFor }) => askedFor).filter(line => line !== ''))].sort()
}
