import { once } from 'node:events'
import { EnclaveError } from '@enclave-signer/protocol'
import type { LogLine, Params } from '@enclave-signer/protocol'
import { test } from 'tap'
import { secrets, startEnclave } from '../fixtures/enclave.ts'
import type { EnclaveUnderTest } from '../fixtures/enclave.ts'

const hour = 3_600_000

/** The enclave's log to its end, but for the lines of connections and of this reading. */
async function logOf ({ client }: EnclaveUnderTest): Promise<LogLine[]> {
  const all: LogLine[] = []
  for (let after = 0; ;) {
    const { lines, next } = await client.request('readLog', { after })
    if (lines.length === 0) return all.filter(({ event }) => !event.startsWith('connection.'))
    all.push(...lines)
    after = next
  }
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

test('an enclave tells its parent what happens in it, by its own clock', async t => {
  await using enclave = await startEnclave()
  const { client, kms, clock } = enclave
  const at = clock.nowMs
  await client.request('generateKey', { keyId: 'made', keySpec: 'ECC_NIST_P256' })
  await client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_SECG_P256K1') })
  await client.request('generateKey', { keyId: 'traced', keySpec: 'ECC_NIST_P256' }, { context: { traceId } })
  await client.request('loadKey', { sealedKey: enclave.importOf('l', 'ECC_NIST_P256') }, { context: { traceId } })
  clock.nowMs += 5
  await t.rejects(client.request('setCredentials', { accessKeyId: 'AKID', ...secrets, expiresAt: 1 }))
  kms.fail = () => ({ status: 400, body: { __type: 'AccessDeniedException' } })
  await t.rejects(client.request('loadKey', { sealedKey: enclave.importOf('denied', 'ECC_NIST_P256') }, { context: { traceId } }))
  await t.rejects(client.request('generateKey', { keyId: 'denied', keySpec: 'ECC_NIST_P256' }, { context: { traceId } }))
  enclave.nsm.attest = () => { throw new EnclaveError('NSM_FAILED', 'the NSM answered InternalError') }
  await t.rejects(client.request('attest', {}, { context: { traceId } }))
  enclave.nsm.attest = () => { throw new Error('broken with internals') }
  await t.rejects(client.request('attest', {}, { context: { traceId } }))
  await t.rejects(client.request('attest', {}))
  const [booted, ...lines] = await logOf(enclave)
  t.match(booted, { at, level: 'info', event: 'enclave.booted', version: /^\d+\.\d+\.\d+/ })
  t.same(lines, [
    { at, level: 'info', event: 'enclave.listening' },
    { at, level: 'info', event: 'credentials.set', expiresAt: at + hour },
    { at, level: 'info', event: 'key.generated', keyId: 'made', keySpec: 'ECC_NIST_P256' },
    { at, level: 'info', event: 'key.loaded', keyId: 'k', keySpec: 'ECC_SECG_P256K1' },
    { at, level: 'info', event: 'key.generated', keyId: 'traced', keySpec: 'ECC_NIST_P256', traceId },
    { at, level: 'info', event: 'key.loaded', keyId: 'l', keySpec: 'ECC_NIST_P256', traceId },
    { at: at + 5, level: 'warn', event: 'credentials.refused', code: 'CREDENTIALS_INVALID' },
    { at: at + 5, level: 'warn', event: 'kms.failed', operation: 'Decrypt', code: 'KMS_ACCESS_DENIED' },
    { at: at + 5, level: 'warn', event: 'key.refused', method: 'loadKey', keyId: 'denied', code: 'KMS_ACCESS_DENIED', traceId },
    { at: at + 5, level: 'warn', event: 'kms.failed', operation: 'GenerateDataKey', code: 'KMS_ACCESS_DENIED' },
    { at: at + 5, level: 'warn', event: 'key.refused', method: 'generateKey', keyId: 'denied', code: 'KMS_ACCESS_DENIED', traceId },
    { at: at + 5, level: 'error', event: 'attestation.failed', code: 'NSM_FAILED', traceId },
    { at: at + 5, level: 'error', event: 'request.failed', method: 'attest', code: 'INTERNAL', traceId },
    { at: at + 5, level: 'error', event: 'request.failed', method: 'attest', code: 'INTERNAL' },
  ])
})

test('reading on from the last answer misses nothing and repeats nothing', async t => {
  await using enclave = await startEnclave()
  const first = await enclave.client.request('readLog', { after: 0 })
  t.ok(first.lines.length > 0)
  t.same(await enclave.client.request('readLog', { after: first.next }), { lines: [], next: first.next, dropped: 0 })
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') })
  t.match(await enclave.client.request('readLog', { after: first.next }), { lines: [{ event: 'key.loaded' }], next: first.next + 1, dropped: 0 })
})

test('a parent that asks for anything but a number gets its code, and one ahead of the log too', async t => {
  await using enclave = await startEnclave()
  for (const params of [{}, { after: -1 }, { after: 0.5 }, { after: '0' }, { after: 0, before: 9 }, { after: Number.MAX_SAFE_INTEGER }]) {
    await t.rejects(enclave.client.request('readLog', params as Params<'readLog'>), { code: 'INVALID_PARAMS' })
  }
  t.match(await enclave.client.request('readLog', { after: 0 }), { dropped: 0 })
})

test('connections without end do not push out what else the log has', async t => {
  await using enclave = await startEnclave({ LIMIT_CONNECTIONS: '8' })
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') })
  for (let count = 0; count < 1500; count++) {
    const socket = enclave.openSocket()
    await once(socket, 'connect')
    if (count % 4 === 0) await enclave.client.request('ping', {})
  }
  t.ok((await logOf(enclave)).some(({ event }) => event === 'key.loaded'))
  t.equal((await enclave.client.request('readLog', { after: 0 })).dropped, 0)
})
