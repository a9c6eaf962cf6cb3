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
