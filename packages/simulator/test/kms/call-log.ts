import { test } from 'tap'
import { CallLog } from '../../src/kms/call-log.ts'

test('calls are counted by operation and outcome', async t => {
  const log = new CallLog()
  t.same(log.counts(), {})
  log.count('Decrypt', 'ok')
  log.count('Decrypt', 'ok')
  log.count('Decrypt', 'AccessDeniedException')
  log.count('Unknown', 'UnknownOperationException')
  t.same(log.counts(), { 'Decrypt:ok': 2, 'Decrypt:AccessDeniedException': 1, 'Unknown:UnknownOperationException': 1 })
})

test('faults of an operation are used up in order, and other operations have none of them', async t => {
  const log = new CallLog()
  log.fail('Decrypt', 'ThrottlingException', 2)
  log.fail('Decrypt', 'ConnectionReset', 1)
  t.equal(log.takeFault('Encrypt'), undefined)
  t.same([1, 2, 3, 4].map(() => log.takeFault('Decrypt')), ['ThrottlingException', 'ThrottlingException', 'ConnectionReset', undefined])
})
