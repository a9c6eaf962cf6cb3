import { awsNitroEnclavesRootG1 } from '@enclave-signer/attestation'
import type { Measurements } from '@enclave-signer/attestation'
import type { Result } from '@enclave-signer/protocol'
import { test } from 'tap'

import { checkAttestation, greet } from '../../src/supervisor/provision.ts'
import type { Expectations } from '../../src/supervisor/provision.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'
import { vector, vectorBytes, withVectors } from '../fixtures/vectors.ts'

const good = '01-veracruz-good.cbor'
const debug = '06-sparsity-1.cbor'

interface Expected { nonce: string, timestamp: number, pcrs: Record<string, string> }

function expectedOf (name: string): Expected {
  const all = JSON.parse(vector('attestation/EXPECTED.json')) as { vectors?: Record<string, Expected> } & Record<string, Expected>
  const expected = (all.vectors ?? all)[name]
  if (expected === undefined) throw new Error(`there is no ${name}`)
  return expected
}

function arrange (name: string, change: Partial<Expectations> = {}): { enclave: FakeEnclave, expectations: Expectations } {
  const { nonce, timestamp, pcrs } = expectedOf(name)
  const enclave = new FakeEnclave()
  enclave.overrides = { attest: () => ({ attestationDocument: vectorBytes(`attestation/${name}`).toString('base64') }) }
  const measurements: Measurements = { PCR0: pcrs['0'] ?? '', PCR1: pcrs['1'] ?? '', PCR2: pcrs['2'] ?? '' }
  return {
    enclave,
    expectations: {
      measurements, debugMode: false, attestationRoot: awsNitroEnclavesRootG1, now: () => timestamp, createNonce: () => Buffer.from(nonce, 'hex'), ...change,
    },
  }
}

test('an enclave that attests the measured image over the nonce is accepted', withVectors, async t => {
  const { enclave, expectations } = arrange(good)
  await t.resolves(checkAttestation(enclave, expectations))
  t.same(enclave.calls[0]?.params, { nonce: Buffer.from(expectedOf(good).nonce, 'hex').toString('base64') })
})

test('a document that repeats an old nonce is refused', withVectors, async t => {
  const { enclave, expectations } = arrange(good, { createNonce: () => Buffer.alloc(32) })
  await t.rejects(checkAttestation(enclave, expectations), { code: 'ATTESTATION_REFUSED', facts: { reason: 'NONCE_MISMATCH' } })
})

test('an enclave with another image is refused', withVectors, async t => {
  const other = 'ab'.repeat(48)
  const { enclave, expectations } = arrange(good, { measurements: { PCR0: other, PCR1: other, PCR2: other } })
  await t.rejects(checkAttestation(enclave, expectations), { code: 'ATTESTATION_REFUSED', facts: { reason: 'PCR_MISMATCH' } })
})

test('an enclave in debug mode is refused, and the reason says so', withVectors, async t => {
  const measurements = { PCR0: 'ab'.repeat(48), PCR1: 'ab'.repeat(48), PCR2: 'ab'.repeat(48) }
  const { enclave, expectations } = arrange(debug, { measurements })
  await t.rejects(checkAttestation(enclave, expectations), {
    code: 'ATTESTATION_REFUSED', facts: { reason: 'DEBUG_MODE' }, message: /ENCLAVE_DEBUG_MODE does not allow/,
  })
})

test('with ENCLAVE_DEBUG_MODE zero PCRs are expected, and nothing else', withVectors, async t => {
  const inDebugMode = arrange(debug, { debugMode: true })
  await t.resolves(checkAttestation(inDebugMode.enclave, inDebugMode.expectations))
  const inProduction = arrange(good, { debugMode: true })
  await t.rejects(checkAttestation(inProduction.enclave, inProduction.expectations), { code: 'ATTESTATION_REFUSED', facts: { reason: 'PCR_MISMATCH' } })
})

test('a bad signature and an expired document are refused', withVectors, async t => {
  const forged = arrange('02-veracruz-bad-sig.cbor')
  await t.rejects(checkAttestation(forged.enclave, forged.expectations), { code: 'ATTESTATION_REFUSED', facts: { reason: 'SIGNATURE_INVALID' } })
  const late = arrange(good, { now: () => Date.UTC(2030, 0) })
  await t.rejects(checkAttestation(late.enclave, late.expectations), { code: 'ATTESTATION_REFUSED', facts: { reason: 'CERTIFICATE_EXPIRED' } })
})

const settings = { region: 'eu-central-1', kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k' }
const never = new AbortController().signal
const hello: Result<'hello'> = {
  protocolVersion: 1, enclaveVersion: '0.1.0', keySpecs: [], ...settings, limits: { frameBytes: 1, messageBytes: 1, requestsInFlight: 1, keys: 1 },
}

test('an enclave built for another region or KMS key is refused', async t => {
  const enclave = new FakeEnclave()
  enclave.overrides = { hello: () => hello }
  t.same(await greet(enclave, { settings, deadlineMs: 1000 }, never), hello)
  await t.rejects(greet(enclave, { settings: { ...settings, region: 'us-east-1' }, deadlineMs: 1000 }, never), { code: 'ENCLAVE_DIFFERS', facts: { setting: 'region' } })
  await t.rejects(greet(enclave, { settings: { ...settings, kmsKeyArn: 'arn:x' }, deadlineMs: 1000 }, never), { code: 'ENCLAVE_DIFFERS', facts: { setting: 'KMS key' } })
})
