import { execSync } from 'node:child_process'
import { createHash } from 'node:crypto'

import { keySpecs, signingAlgorithmsOf } from '@enclave-signer/protocol'
import { test } from 'tap'

import { hasOpenssl, opensslVerifies } from './fixtures/openssl.ts'
import { processesOf } from './fixtures/processes.ts'
import { startService } from './fixtures/service.ts'

test('the main job', async t => {
  const service = await startService()
  t.teardown(async () => { await service.stop() })

  t.test('the curl line that the start prints signs', async t => {
    const line = service.screen().split('\n').find(line => line.trim().startsWith('curl ')) ?? ''
    const answer = JSON.parse(execSync(line, { encoding: 'utf8' })) as Record<string, unknown>
    t.match(answer, { keyId: 'demo', signingAlgorithm: 'ECDSA_SHA_256' })
    t.match(Buffer.from(answer.signature as string, 'base64').toString('hex'), /^30/)
  })

  for (const keySpec of keySpecs) {
    t.test(`openssl verifies what a ${keySpec} key signs, with every algorithm and message type`, { skip: hasOpenssl ? false : 'openssl is not installed' }, async t => {
      const keyId = `main.${keySpec}`
      const created = await service.post('/keys', { keyId, keySpec })
      t.equal(created.status, 201)
      t.match(created.body, { keyId, keySpec, origin: 'ENCLAVE', signingAlgorithms: signingAlgorithmsOf[keySpec] })
      const { body: record } = await service.get(`/keys/${keyId}`)
      t.same(record, created.body, 'the stored record is the one the creation answered')
      for (const signingAlgorithm of signingAlgorithmsOf[keySpec]) {
        for (const messageType of ['RAW', 'DIGEST'] as const) {
          const message = messageType === 'RAW' ? Buffer.from(`a message for ${signingAlgorithm}`) : digestFor(signingAlgorithm)
          const { status, body } = await service.post('/sign', { keyId, message: message.toString('base64'), messageType, signingAlgorithm })
          if (signingAlgorithm === 'ED25519_SHA_512' && messageType === 'DIGEST') {
            t.match({ status, body }, { status: 422, body: { code: 'UNSUPPORTED_ALGORITHM' } }, 'as KMS: Ed25519 signs RAW only')
            continue
          }
          t.match({ status, body }, { status: 200, body: { keyId, signingAlgorithm } })
          const signed = { publicKeyPem: record.publicKey as string, signingAlgorithm, messageType, message }
          const signature = Buffer.from(body.signature as string, 'base64')
          t.ok(opensslVerifies({ ...signed, signature }), `${signingAlgorithm} ${messageType}`)
          const other = Buffer.from(message)
          other[0] = other.readUInt8(0) ^ 1
          t.notOk(opensslVerifies({ ...signed, message: other, signature }), `${signingAlgorithm} ${messageType} over another message`)
        }
      }
    })
  }

  t.test('RAW always hashes: a message that looks like a digest is hashed too', async t => {
    const digest = digestFor('ECDSA_SHA_256').toString('base64')
    const raw = await service.post('/sign', { keyId: 'demo', message: digest })
    const asDigest = await service.post('/sign', { keyId: 'demo', message: digest, messageType: 'DIGEST' })
    t.equal(raw.status, 200)
    t.equal(asDigest.status, 200)
    t.not(raw.body.signature, asDigest.body.signature)
  })

  t.test('bad input gets a coded problem and costs nothing', async t => {
    const message = Buffer.from('m').toString('base64')
    const faults: [string, unknown, number, string?][] = [
      ['/sign', { keyId: 'nobody', message }, 404, 'KEY_NOT_FOUND'],
      ['/sign', { keyId: 'demo' }, 400],
      ['/sign', { keyId: 'demo', message: 'not base64!' }, 400],
      ['/sign', { keyId: '../../etc/passwd', message }, 400],
      ['/sign', { keyId: 'demo', message, signingAlgorithm: 'RSASSA_PSS_SHA_256' }, 422, 'UNSUPPORTED_ALGORITHM'],
      ['/sign', { keyId: 'demo', message, messageType: 'DIGEST' }, 422, 'INVALID_DIGEST_LENGTH'],
      ['/sign', { keyId: 'demo', message: Buffer.alloc(4097).toString('base64') }, 413],
      ['/sign', { keyId: 'demo', message: 'A'.repeat(40_000) }, 413],
      ['/keys', { keyId: 'demo', keySpec: 'ECC_NIST_P256' }, 409],
      ['/keys', { keyId: 'new', keySpec: 'DSA_1024' }, 400],
      ['/keys/import', { keyId: 'new', keySpec: 'RSA_2048', ciphertextBlob: message }, 422],
      ['/nowhere', {}, 404],
    ]
    for (const [path, body, status, code] of faults) {
      const answer = await service.post(path, body)
      t.match(answer, { status, contentType: /^application\/problem\+json/ }, `${path} ${JSON.stringify(body).slice(0, 60)}`)
      t.type(answer.body.requestId, 'string')
      t.type(answer.body.code, 'string')
      if (code !== undefined) t.equal(answer.body.code, code)
    }
    t.equal((await service.post('/sign', { keyId: 'demo', message })).status, 200)
  })

  t.test('status, health, metrics and the OpenAPI document are served', async t => {
    const { body: status } = await service.get('/enclave/status')
    t.match(status, { state: 'ready', enclaves: [{ name: 'enclave-signer-0', state: 'ready', cid: 16, debugMode: false, measurements: { PCR0: /^[0-9a-f]{96}$/ } }] })
    t.equal((await service.get('/livez')).status, 200)
    t.equal((await service.get('/readyz')).status, 200)
    t.match((await service.get('/metrics')).body.text, /^enclave_signer_/m)
    t.match((await service.get('/openapi.json')).body, { openapi: /^3/, paths: { '/sign': { post: {} } } })
    t.equal((await service.get('/docs')).status, 200)
  })

  t.test('an attestation document over a nonce is served', async t => {
    const nonce = createHash('sha256').update('nonce').digest('hex')
    const { status, body } = await service.get(`/enclave/attestation?nonce=${nonce}`)
    t.equal(status, 200)
    t.ok(Buffer.from(body.attestationDocument as string, 'base64').includes(Buffer.from(nonce, 'hex')))
    t.equal((await service.get('/enclave/attestation?nonce=zz')).status, 400)
  })

  t.test('SIGTERM stops everything it started, with exit code 0', async t => {
    const { size } = processesOf(service.dataDir)
    t.ok(size >= 4, `the control: ${size} processes run: start script, parent, relays, enclave`)
    t.equal(await service.stop(), 0)
    t.same(processesOf(service.dataDir), new Map())
  })
})

function digestFor (signingAlgorithm: string): Buffer {
  return createHash(signingAlgorithm.endsWith('256') ? 'sha256' : signingAlgorithm.endsWith('384') ? 'sha384' : 'sha512').update('digest').digest()
}
