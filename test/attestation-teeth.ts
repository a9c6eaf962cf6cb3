import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms'
import { test } from 'tap'

import { awsKms, createKmsClient, hasAws } from './fixtures/aws.ts'
import { makeDataDir, startService } from './fixtures/service.ts'
import type { Service } from './fixtures/service.ts'

const message = Buffer.from('teeth').toString('base64')
const skip = hasAws ? false : 'awscli is not installed'

test('a key policy decides by PCR0 which enclave may unseal', { skip }, async t => {
  const dataDir = makeDataDir()
  const first = await startService({ dataDir })
  await first.post('/keys', { keyId: 'guarded', keySpec: 'ECC_NIST_P256' })
  t.equal((await first.post('/sign', { keyId: 'guarded', message })).status, 200, 'the control: without a condition it signs')
  const pcr0 = await measuredPcr0(first)
  const otherPcr0 = `${pcr0.startsWith('0') ? '1' : '0'}${pcr0.slice(1)}`

  putPolicy(first, otherPcr0)
  t.equal((await first.post('/sign', { keyId: 'guarded', message })).status, 200, 'a key that is unsealed already goes on signing')
  t.match(await first.post('/keys', { keyId: 'refused', keySpec: 'ECC_NIST_P256' }), { status: 502, body: { code: 'KMS_ACCESS_DENIED' } })
  t.equal(await first.stop(), 0)

  const second = await startService({ dataDir })
  t.match(await second.post('/sign', { keyId: 'guarded', message }), { status: 502, contentType: /problem/, body: { code: 'KMS_ACCESS_DENIED' } }, 'another PCR0')
  putPolicy(second, pcr0)
  t.equal((await second.post('/sign', { keyId: 'guarded', message })).status, 200, 'the right PCR0')
  t.equal(await second.stop(), 0)

  const debug = await startService({ dataDir, env: { ENCLAVE_DEBUG_MODE: 'true' } })
  t.match((await debug.get('/enclave/status')).body, { enclaves: [{ debugMode: true }] })
  t.match(await debug.post('/sign', { keyId: 'guarded', message }), { status: 502, body: { code: 'KMS_ACCESS_DENIED' } }, 'a debug-mode enclave attests zeros')
  t.equal(await debug.stop(), 0)
})

test('an imported RSA key and its attestation document do not make KMS decrypt for whoever imported it', { skip }, async t => {
  const service = await startService()
  t.teardown(async () => { await service.stop() })
  const kms = createKmsClient(service.awsEnvironment())
  const KeyId = service.awsEnvironment().KMS_KEY_ARN ?? ''
  await service.post('/keys', { keyId: 'victim', keySpec: 'ECC_SECG_P256K1' })
  putPolicy(service, await measuredPcr0(service))

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { CiphertextBlob = new Uint8Array() } = await kms.send(new EncryptCommand({
    KeyId,
    Plaintext: privateKey.export({ type: 'pkcs8', format: 'der' }),
    EncryptionContext: { 'enclave-signer:key-id': 'own', 'enclave-signer:key-spec': 'RSA_2048' },
  }))
  const ciphertextBlob = Buffer.from(CiphertextBlob).toString('base64')
  t.equal((await service.post('/keys/import', { keyId: 'own', keySpec: 'RSA_2048', ciphertextBlob })).status, 201)
  const { body } = await service.get('/keys/own/attestation?nonce=00')
  const sealed = JSON.parse(readFileSync(join(service.dataDir, 'keys/victim.json'), 'utf8')) as { seal: { encryptedDataKey: string } }
  await t.rejects(kms.send(new DecryptCommand({
    KeyId,
    CiphertextBlob: Buffer.from(sealed.seal.encryptedDataKey, 'base64'),
    EncryptionContext: {
      'enclave-signer:key-id': 'victim', 'enclave-signer:key-spec': 'ECC_SECG_P256K1', 'enclave-signer:origin': 'ENCLAVE',
    },
    Recipient: {
      KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      AttestationDocument: Buffer.from(body.attestationDocument as string, 'base64'),
    },
  })), { name: 'ValidationException' })
})

test('EXPECTED_PCR0 of another image keeps the enclave from starting, and says both values', async t => {
  const expected = 'ab'.repeat(48)
  const service = await startService({ env: { EXPECTED_PCR0: expected }, unready: true })
  t.teardown(async () => { await service.stop() })
  while (!service.screen().includes('failed')) await new Promise(resolve => setTimeout(resolve, 50))
  const { body } = await service.get('/enclave/status')
  t.equal(body.state, 'failed')
  t.match(JSON.stringify(body), new RegExp(expected))
  t.match(await service.post('/sign', { keyId: 'any', message }), { status: 404 })
  t.equal((await service.get('/readyz')).status, 503)
  t.equal((await service.get('/livez')).status, 200)
})

test('two sealed key files swapped under each other\'s names are both refused, and a restart finds the honest ones', async t => {
  const dataDir = makeDataDir()
  const first = await startService({ dataDir })
  const before: Record<string, unknown> = {}
  for (const keyId of ['alice', 'bob', 'carol']) before[keyId] = (await first.post('/keys', { keyId, keySpec: 'ECC_SECG_P256K1' })).body
  t.equal(await first.stop(), 0)

  const file = (keyId: string): string => join(dataDir, 'keys', `${keyId}.json`)
  const swap = (): void => {
    renameSync(file('alice'), file('tmp'))
    renameSync(file('bob'), file('alice'))
    renameSync(file('tmp'), file('bob'))
  }
  swap()
  const second = await startService({ dataDir })
  for (const keyId of ['alice', 'bob']) {
    const { status, contentType, body } = await second.post('/sign', { keyId, message })
    t.match(contentType, /problem/)
    t.ok(status >= 400 && status !== 404, `${keyId}: ${status} ${String(body.code)}`)
  }
  t.equal((await second.post('/sign', { keyId: 'carol', message })).status, 200, 'the third key is unharmed')
  t.equal(await second.stop(), 0)

  t.test('with the names inside edited to match, too', async t => {
    for (const keyId of ['alice', 'bob']) {
      const sealed = JSON.parse(readFileSync(file(keyId), 'utf8')) as { record: { keyId: string } }
      sealed.record.keyId = keyId
      writeFileSync(file(keyId), JSON.stringify(sealed))
    }
    const service = await startService({ dataDir })
    for (const keyId of ['alice', 'bob']) {
      t.match(await service.post('/sign', { keyId, message }), { status: 502, body: { code: 'KMS_INVALID_CIPHERTEXT' } }, keyId)
    }
    t.equal((await service.post('/sign', { keyId: 'carol', message })).status, 200)
    t.same((await service.get('/keys/carol')).body, before.carol, 'a restart finds its keys again')
    t.equal(await service.stop(), 0)
  })
})

function putPolicy (service: Service, pcr0: string): void {
  const environment = service.awsEnvironment()
  const account = environment.KMS_KEY_ARN?.split(':')[4] ?? ''
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Administration', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
      {
        Sid: 'OnlyThisEnclave',
        Effect: 'Deny',
        Principal: '*',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: { StringNotEqualsIgnoreCase: { 'kms:RecipientAttestation:ImageSha384': pcr0 } },
      },
    ],
  }
  awsKms(environment, 'put-key-policy', '--key-id', environment.KMS_KEY_ARN ?? '', '--policy-name', 'default', '--policy', JSON.stringify(policy))
}

async function measuredPcr0 (service: Service): Promise<string> {
  const { body } = await service.get('/enclave/status')
  const { enclaves } = body as { enclaves: { measurements: { PCR0: string } }[] }
  return enclaves[0]?.measurements.PCR0 ?? ''
}
