import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'tap'
import type { Test } from 'tap'

import { decodeAttestationDocumentUnverified, isDebugMode, verifyAttestationDocument } from '@enclave-signer/attestation'
import { decode } from 'cborg'

import { bootPcrs } from '../../src/nsm/pcrs.ts'
import type { BootFacts } from '../../src/nsm/pcrs.ts'
import { createSimulatedNsm } from '../../src/nsm/nsm.ts'
import { ensureNsmRoot, nsmRootFile } from '../../src/nsm/root.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

const measurements = { PCR0: randomBytes(48), PCR1: randomBytes(48), PCR2: randomBytes(48) }
const facts: BootFacts = { measurements, instanceId: 'i-0123456789abcdef0', instanceRoleArn: 'arn:aws:iam::111122223333:role/r', debugMode: false }
const moduleId = 'i-0123456789abcdef0-enc0123456789abcdef'
const hourMs = 60 * 60 * 1000

async function createNsm (t: Test, changes: { debugMode?: boolean, now?: () => number } = {}) {
  const directory = t.testdir()
  const { now = Date.now, debugMode = false } = changes
  await ensureNsmRoot(directory, now)
  const nsm = createSimulatedNsm({ directory, pcrs: bootPcrs({ ...facts, debugMode }), moduleId, region: 'eu-west-1', now })
  return { nsm, directory, root: readFileSync(nsmRootFile(directory), 'utf8') }
}

test('a document of the simulated NSM verifies under its root, with what was asked for in it', async (t) => {
  const { nsm, root } = await createNsm(t)
  const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' })
  const nonce = randomBytes(512)
  const userData = randomBytes(512)
  const before = Date.now()
  const document = verifyAttestationDocument(await nsm.attest({ nonce, userData, publicKey }), { root, now: Date.now(), nonce })
  t.equal(document.moduleId, moduleId)
  t.ok(document.timestamp >= before && document.timestamp <= Date.now(), 'in milliseconds')
  t.same(document.publicKey, publicKey)
  t.same(document.userData, userData)
  t.same(document.nonce, nonce)
  t.same(document.pcrs.get(0), measurements.PCR0)
  t.same(document.pcrs.size, 16)
})

test('PCR3 and PCR4 are the extensions of role ARN and instance id', async (t) => {
  const pcrs = bootPcrs(facts)
  const extend = (text: string): Buffer => createHash('sha384').update(Buffer.alloc(48)).update(text).digest()
  t.same(pcrs.get(3), extend('arn:aws:iam::111122223333:role/r'))
  t.same(pcrs.get(4), extend('i-0123456789abcdef0'))
  t.same([...pcrs.keys()], Array.from({ length: 16 }, (_, index) => index))
})

test("a debug-mode enclave's document has zeros for what the image measures", async (t) => {
  const { nsm, root } = await createNsm(t, { debugMode: true })
  const document = verifyAttestationDocument(await nsm.attest({}), { root, now: Date.now() })
  t.equal(isDebugMode(document), true)
  for (const pcr of [0, 1, 2, 8]) t.same(document.pcrs.get(pcr), Buffer.alloc(48), `PCR${pcr}`)
  t.same(document.pcrs.get(4), bootPcrs(facts).get(4), 'PCR4 stays')
})

test('the bytes of a document are laid out as in a real one', withVectors, async (t) => {
  const { nsm } = await createNsm(t)
  const real = decode(vector('attestation/01-veracruz-good.cbor'), { useMaps: true }) as [Uint8Array, unknown, Uint8Array, Uint8Array]
  const ours = decode(await nsm.attest({}), { useMaps: true }) as typeof real
  t.same(Buffer.from(ours[0]), Buffer.from(real[0]), 'protected header')
  t.equal(ours[3].length, real[3].length)
  const [payload, realPayload] = [ours, real].map((document) => decode(document[2], { useMaps: true }) as Map<string, unknown>)
  t.same([...payload?.keys() ?? []], [...realPayload?.keys() ?? []], 'order of the keys')
  t.equal(payload?.get('user_data'), null, 'what was not asked for is null')
})

test('the chain has the names, lives and limits of a real one', withVectors, async (t) => {
  const { nsm } = await createNsm(t)
  const chainOf = (bytes: Uint8Array) => {
    const document = decodeAttestationDocumentUnverified(bytes)
    return [...document.cabundle, document.certificate].map((der) => {
      const { subject, validFromDate, validToDate, ca } = new X509Certificate(der)
      return { names: subject.split('\n').map((part) => part.split('=')[0]), hours: Math.round((validToDate.getTime() - validFromDate.getTime()) / hourMs), ca }
    }).slice(1)
  }
  t.same(chainOf(await nsm.attest({})), chainOf(vector('attestation/01-veracruz-good.cbor')))
})

test('certificates are renewed before they end, and every document verifies meanwhile', async (t) => {
  let time = Date.UTC(2026, 0, 1)
  const { nsm, root } = await createNsm(t, { now: () => time })
  const leaves = new Set<string>()
  for (let hour = 0; hour < 24 * 21; hour += 11.9) {
    time = Date.UTC(2026, 0, 1) + hour * hourMs
    const document = verifyAttestationDocument(await nsm.attest({}), { root, now: time + 5 * 60 * 1000 })
    leaves.add(document.certificate.toString('hex'))
  }
  t.equal(leaves.size, 43, 'a leaf for each')
  const again = verifyAttestationDocument(await nsm.attest({}), { root, now: time })
  t.ok(leaves.has(again.certificate.toString('hex')), 'and the same one while it is fresh')
})

test('a leaf is kept until ten minutes before its end', async (t) => {
  const start = Date.UTC(2026, 0, 1)
  let time = start
  const { nsm } = await createNsm(t, { now: () => time })
  const leafAt = async (minutes: number): Promise<Buffer> => {
    time = start + minutes * 60 * 1000
    return decodeAttestationDocumentUnverified(await nsm.attest({})).certificate
  }
  const first = await leafAt(0)
  t.same(await leafAt(169), first)
  t.notSame(await leafAt(171), first)
})

for (const [field, limit] of [['nonce', 512], ['userData', 512], ['publicKey', 1024]] as const) {
  test(`${field} of more than ${limit} bytes is InputTooLarge`, async (t) => {
    const { nsm } = await createNsm(t)
    await t.resolves(async () => await nsm.attest({ [field]: Buffer.alloc(limit) }))
    await t.rejects(async () => await nsm.attest({ [field]: Buffer.alloc(limit + 1) }), {
      code: 'NSM_REFUSED', facts: { subject: field, nsmError: 'InputTooLarge', actual: limit + 1, limit },
    })
  })
}

test('random bytes differ from call to call', async (t) => {
  const { nsm } = await createNsm(t)
  const [one, other] = [await nsm.random(), await nsm.random()]
  t.equal(one.length, 256)
  t.notSame(one, other)
})

test('the root stays the same when the host starts again', async (t) => {
  const { directory, root } = await createNsm(t)
  await ensureNsmRoot(directory, Date.now)
  t.equal(readFileSync(nsmRootFile(directory), 'utf8'), root)
})

test('without a root there is no NSM', async (t) => {
  t.throws(() => createSimulatedNsm({ directory: t.testdir(), pcrs: new Map(), moduleId }), { code: 'STATE_FILE_UNREADABLE' })
})
