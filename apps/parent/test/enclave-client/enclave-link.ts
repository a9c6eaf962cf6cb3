import { test } from 'tap'

import { EnclaveLink } from '../../src/enclave-client/enclave-link.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'

test('without an enclave a request is refused with the state', async t => {
  await t.rejects(new EnclaveLink(() => 'building').request('ping', {}), { code: 'ENCLAVE_NOT_READY', facts: { state: 'building' } })
})

test('requests go to the enclave that is attached now', async t => {
  const link = new EnclaveLink(() => 'ready')
  const [first, second] = [new FakeEnclave(), new FakeEnclave()]
  link.attach(first)
  await link.request('generateKey', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  link.attach(second)
  await link.request('generateKey', { keyId: 'b', keySpec: 'ECC_NIST_P256' })
  link.detach()
  await t.rejects(link.request('generateKey', { keyId: 'c', keySpec: 'ECC_NIST_P256' }), { code: 'ENCLAVE_NOT_READY' })
  t.equal(first.calls.length, 1)
  t.equal(second.calls.length, 1)
})

test('a request in a short repair waits for it instead of failing', async t => {
  const link = new EnclaveLink(() => 'connecting', 2 ** 31 - 1)
  const [first, second] = [new FakeEnclave(), new FakeEnclave()]
  link.attach(first)
  link.detach()
  const request = link.request('generateKey', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  link.attach(second)
  await request
  t.equal(first.calls.length, 0)
  t.equal(second.calls.length, 1)
})

test('in a repair that takes longer requests are refused, and no more than 256 ever wait', async t => {
  const link = new EnclaveLink(() => 'connecting', 50)
  link.attach(new FakeEnclave())
  link.detach()
  const waiting = Array.from({ length: 256 }, () => link.request('ping', {}))
  const outcomes = Promise.allSettled(waiting)
  let waitersSettled = false
  outcomes.then(() => { waitersSettled = true }, () => undefined)
  await t.rejects(link.request('ping', {}), { code: 'ENCLAVE_NOT_READY', facts: { state: 'connecting' } })
  t.equal(waitersSettled, false)
  t.ok((await outcomes).every(({ status }) => status === 'rejected'))
  await t.rejects(link.request('ping', {}), { code: 'ENCLAVE_NOT_READY' })
})
