import { EnclaveError } from '@enclave-signer/protocol'
import type { Params, Result, SealedKey } from '@enclave-signer/protocol'
import { test } from 'tap'

import { LoadedKeys } from '../../src/enclave-client/loaded-keys.ts'
import { Deadline } from '../../src/limits/deadline.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'

const request: Params<'sign'> = { keyId: 'a', message: 'aGk=', messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256', signatureFormat: 'DER' }

async function restarted (): Promise<{ enclave: FakeEnclave, keys: LoadedKeys, sealedKey: SealedKey, loads: string[] }> {
  const enclave = new FakeEnclave()
  const { sealedKey } = await enclave.request('generateKey', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  enclave.forgetKeys()
  const loads: string[] = []
  const keyLoaded = (outcome: string): void => { loads.push(outcome) }
  return { enclave, sealedKey, loads, keys: new LoadedKeys(enclave, { sealedKey: () => sealedKey }, { keyLoaded }) }
}

test('a key that the enclave does not hold is loaded and asked for again', async t => {
  const { enclave, keys } = await restarted()
  t.match(await keys.request('sign', request), { signature: /=*$/ })
  t.same(enclave.calls.map(({ method }) => method), ['generateKey', 'sign', 'loadKey', 'sign'])
})

test('a thousand first requests load the key once', async t => {
  const { enclave, keys, loads } = await restarted()
  const answers = await Promise.all(Array.from({ length: 1000 }, () => keys.request('sign', request)))
  t.equal(answers.length, 1000)
  t.equal(enclave.countOf('loadKey'), 1)
  t.same(loads, ['ok'])
})

test('a key is loaded again after the next restart', async t => {
  const { enclave, keys } = await restarted()
  await keys.request('sign', request)
  enclave.forgetKeys()
  await keys.request('sign', request)
  t.equal(enclave.countOf('loadKey'), 2)
})

test('a load that fails fails everybody who waits, and is tried again by the next', async t => {
  const { enclave, keys, loads } = await restarted()
  enclave.overrides = { loadKey: () => { throw new EnclaveError('KMS_THROTTLED', 'slow down') } }
  const outcomes = await Promise.allSettled([keys.request('sign', request), keys.request('sign', request)])
  for (const outcome of outcomes) t.match(outcome, { status: 'rejected', reason: { code: 'KMS_THROTTLED' } })
  t.equal(enclave.countOf('loadKey'), 1)
  t.same(loads, ['KMS_THROTTLED'])
  enclave.overrides = {}
  await t.resolves(keys.request('sign', request))
})

test('a key that stays unloaded is asked for twice, not for ever', async t => {
  const { enclave, keys, sealedKey } = await restarted()
  enclave.overrides = { loadKey: () => ({ record: { ...sealedKey.record, publicKey: 'AAAA' } }) }
  await t.rejects(keys.request('sign', request), { code: 'KEY_NOT_LOADED' })
  t.equal(enclave.countOf('sign'), 2)
})

test('every try goes with the time that is left then, and with the trace', async t => {
  const { enclave, keys } = await restarted()
  const deadline = new Deadline({ timeoutMs: 60_000 })
  await keys.request('sign', request, { deadline, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' })
  const contexts = enclave.calls.filter(({ method }) => method === 'sign').map(({ options }) => options?.context)
  t.match(contexts, [{ timeoutMs: Number, traceId: /^4bf9/ }, { timeoutMs: Number, traceId: /^4bf9/ }])
  t.ok((contexts[1]?.timeoutMs ?? Infinity) <= (contexts[0]?.timeoutMs ?? 0))
  t.same(enclave.calls.find(({ method }) => method === 'loadKey')?.options, { context: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736' } }, 'the load is for everybody: nobody\'s deadline ends it')
})

test('who is out of time waits for no load, and does not end it', async t => {
  const { enclave, keys, sealedKey } = await restarted()
  const loaded = Promise.withResolvers<Result<'loadKey'>>()
  enclave.overrides = { loadKey: () => loaded.promise }
  const patient = keys.request('sign', request)
  await t.rejects(keys.request('sign', request, { deadline: new Deadline({ timeoutMs: 5 }) }), { code: 'DEADLINE_EXCEEDED' })
  const { loadKey = () => { throw new Error('none') } } = enclave.handlers
  loaded.resolve(await loadKey({ sealedKey }))
  t.match(await patient, { signature: /=*$/ })
  t.equal(enclave.countOf('loadKey'), 1)
})

test('another error is not retried', async t => {
  const { enclave, keys } = await restarted()
  enclave.overrides = { sign: () => { throw new EnclaveError('UNSUPPORTED_ALGORITHM', 'x') } }
  await t.rejects(keys.request('sign', request), { code: 'UNSUPPORTED_ALGORITHM' })
  t.equal(enclave.countOf('sign'), 1)
})
