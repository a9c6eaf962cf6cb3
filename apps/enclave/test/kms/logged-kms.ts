import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'
import { KmsCalls } from '../../src/kms/kms-calls.ts'
import { logKms } from '../../src/kms/logged-kms.ts'
import type { Kms } from '../../src/kms/kms.ts'
import type { LogEntry } from '../../src/log.ts'

interface FailingKms extends Kms {
  error: Error | undefined
}

function arrange (): { kms: FailingKms, logged: ReturnType<typeof logKms>, lines: LogEntry[], calls: KmsCalls } {
  const lines: LogEntry[] = []
  const calls = new KmsCalls()
  const kms: FailingKms = {
    error: undefined,
    decrypt: async () => {
      if (kms.error !== undefined) throw kms.error
      return Buffer.from('plain')
    },
    generateDataKey: async () => {
      if (kms.error !== undefined) throw kms.error
      return { plaintext: Buffer.alloc(32), ciphertextBlob: Buffer.alloc(1) }
    },
  }
  return { kms, lines, calls, logged: logKms(kms, entry => { lines.push(entry) }, calls) }
}

test('a call that succeeds is counted, causes no line and passes its answer on', async t => {
  const { logged, lines, calls } = arrange()
  t.same(await logged.decrypt(Buffer.alloc(1), {}), Buffer.from('plain'))
  t.match(await logged.generateDataKey({}), { plaintext: Buffer.alloc(32) })
  await logged.generateDataKey({})
  t.same(calls.read(), [{ operation: 'Decrypt', outcome: 'ok', count: 1 }, { operation: 'GenerateDataKey', outcome: 'ok', count: 2 }])
  t.same(lines, [])
})

test('a call that fails is told by its operation and its code, and fails as before', async t => {
  const { kms, logged, lines, calls } = arrange()
  kms.error = new EnclaveError('KMS_ACCESS_DENIED', 'KMS Decrypt: AccessDeniedException')
  await t.rejects(logged.decrypt(Buffer.alloc(1), {}), kms.error)
  await t.rejects(logged.generateDataKey({}), kms.error)
  t.same(calls.read(), [{ operation: 'Decrypt', outcome: 'KMS_ACCESS_DENIED', count: 1 }, { operation: 'GenerateDataKey', outcome: 'KMS_ACCESS_DENIED', count: 1 }])
  t.same(lines, [
    { level: 'warn', event: 'kms.failed', operation: 'Decrypt', code: 'KMS_ACCESS_DENIED' },
    { level: 'warn', event: 'kms.failed', operation: 'GenerateDataKey', code: 'KMS_ACCESS_DENIED' },
  ])
})

test('what fails before KMS is asked is no failure of KMS', async t => {
  const { kms, logged, lines, calls } = arrange()
  for (const error of [new EnclaveError('CREDENTIALS_MISSING', 'none'), new EnclaveError('NSM_FAILED', 'no'), new Error('a defect')]) {
    kms.error = error
    await t.rejects(logged.decrypt(Buffer.alloc(1), {}), error)
  }
  t.same(lines, [])
  t.same(calls.read(), [])
})
