import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'tap'
import type { Test } from 'tap'

import { verifyAttestationDocument } from '@enclave-signer/attestation'
import { decode, encode } from 'cborg'

import { createSimulatedNsm } from '../../src/nsm/nsm.ts'
import { bootPcrs } from '../../src/nsm/pcrs.ts'
import { createRegisters } from '../../src/nsm/registers.ts'
import { createNsmRequests } from '../../src/nsm/requests.ts'
import { ensureNsmRoot, nsmRootFile } from '../../src/nsm/root.ts'
import { jsonVector, withVectors } from '../fixtures/vectors.ts'

const measurements = { PCR0: randomBytes(48), PCR1: randomBytes(48), PCR2: randomBytes(48) }
const moduleId = 'i-0123456789abcdef0-enc0123456789abcdef'

async function createRequests (t: Test) {
  const directory = t.testdir()
  await ensureNsmRoot(directory, Date.now)
  const registers = createRegisters(bootPcrs({ measurements, instanceId: 'i-0123456789abcdef0', debugMode: false }))
  const nsm = createSimulatedNsm({ directory, pcrs: registers.locked, moduleId })
  const requests = createNsmRequests({ nsm, registers, moduleId })
  const ask = async (request: unknown): Promise<unknown> => decode(await requests(encode(request)))
  return { requests, ask, root: readFileSync(nsmRootFile(directory), 'utf8') }
}

test('the NSM describes itself and gives random bytes', async (t) => {
  const { ask } = await createRequests(t)
  t.same(await ask('DescribeNSM'), {
    DescribeNSM: {
      version_major: 1,
      version_minor: 0,
      version_patch: 0,
      module_id: moduleId,
      max_pcrs: 32,
      digest: 'SHA384',
      locked_pcrs: Array.from({ length: 16 }, (_, index) => index),
    },
  })
  const random = async (): Promise<Uint8Array> => (await ask('GetRandom') as { GetRandom: { random: Uint8Array } }).GetRandom.random
  t.equal((await random()).length, 256)
  t.notSame(await random(), await random())
})

test('a document states every register that is locked by then', async (t) => {
  const { ask, root } = await createRequests(t)
  const attest = async (fields: object) => {
    const { Attestation: { document } } = await ask({ Attestation: fields }) as { Attestation: { document: Uint8Array } }
    return verifyAttestationDocument(Buffer.from(document), { root, now: Date.now() })
  }
  t.equal((await attest({})).pcrs.size, 16, 'no field is asked for')
  await ask({ LockPCRs: { range: 32 } })
  const nonce = randomBytes(32)
  const document = await attest({ nonce, user_data: null, public_key: null })
  t.equal(document.pcrs.size, 32)
  t.same(document.nonce, nonce)
  t.same(await ask({ Attestation: { nonce: Buffer.alloc(513) } }), { Error: 'InputTooLarge' })
})

test('what is no request is an InvalidOperation', async (t) => {
  const { ask, requests } = await createRequests(t)
  const faults = ['Unknown', 'toString', {}, [], 7, { DescribePCR: 0 }, { DescribePCR: { index: '0' } }, { LockPCRs: {} }, { A: {}, B: {} }]
  for (const fault of faults) t.same(await ask(fault), { Error: 'InvalidOperation' }, JSON.stringify(fault))
  t.same(decode(await requests(Buffer.from('ffff', 'hex'))), { Error: 'InvalidOperation' })
})

test('the registers answer a sequence of requests as QEMU\'s NSM does', withVectors, async (t) => {
  const { requests } = await createRequests(t)
  const { machine_nitro_enclave: { exchanges } } = jsonVector('nsm/qemu-nsm-exchanges.json') as { machine_nitro_enclave: { exchanges: Exchange[] } }
  const comparable = exchanges.filter(({ name }) => /PCR(?:1[6-9]|32|s?20)|ExtendPCR0|Unknown|Garbage|Empty/.test(name))
  t.equal(comparable.length, 14)
  for (const { name, request_hex: request, response_hex: response } of comparable) {
    t.same(decode(await requests(Buffer.from(request, 'hex'))), decode(Buffer.from(response, 'hex')), name)
  }
})

interface Exchange {
  name: string
  request_hex: string
  response_hex: string
}
