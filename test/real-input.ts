import { createHash, createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ed25519 } from '@noble/curves/ed25519.js'
import { importSPKI, jwtVerify } from 'jose'
import { test } from 'tap'
import { keccak256, parseEther, recoverTransactionAddress, serializeTransaction } from 'viem'
import { publicKeyToAddress } from 'viem/utils'

import { der } from './fixtures/der.ts'
import { hasOpenssl, succeeds } from './fixtures/openssl.ts'
import { startService } from './fixtures/service.ts'

test('what users sign', async t => {
  const service = await startService()
  t.teardown(async () => { await service.stop() })

  const createKey = async (keyId: string, keySpec: string): Promise<string> => {
    const { status, body } = await service.post('/keys', { keyId, keySpec })
    t.equal(status, 201)
    return body.publicKey as string
  }
  const sign = async (keyId: string, message: Uint8Array, more: object = {}): Promise<{ signature: Buffer, recoveryId?: 0 | 1 }> => {
    const { status, body } = await service.post('/sign', { keyId, message: Buffer.from(message).toString('base64'), ...more })
    t.equal(status, 200)
    return { ...body, signature: Buffer.from(body.signature as string, 'base64') }
  }

  t.test('an Ethereum EIP-1559 transaction recovers to the address of the key that signed it', async t => {
    const pem = await createKey('ethereum', 'ECC_SECG_P256K1')
    const point = createPublicKey(pem).export({ type: 'spki', format: 'der' }).subarray(-65)
    const address = publicKeyToAddress(`0x${point.toString('hex')}`)
    for (let nonce = 0; nonce < 8; nonce++) {
      const transaction = {
        type: 'eip1559',
        chainId: 1,
        nonce,
        to: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
        value: parseEther('0.01'),
        gas: 21000n,
        maxFeePerGas: 30_000_000_000n,
        maxPriorityFeePerGas: 1_000_000_000n,
      } as const
      const digest = Buffer.from(keccak256(serializeTransaction(transaction)).slice(2), 'hex')
      const { signature, recoveryId } = await sign('ethereum', digest, { messageType: 'DIGEST', signatureFormat: 'P1363' })
      t.equal(signature.length, 64)
      const serializedTransaction = serializeTransaction(transaction, {
        r: `0x${signature.subarray(0, 32).toString('hex')}`, s: `0x${signature.subarray(32).toString('hex')}`, yParity: recoveryId ?? -1,
      })
      t.equal((await recoverTransactionAddress({ serializedTransaction })).toLowerCase(), address.toLowerCase())
    }
  })

  for (const [alg, keySpec] of [['ES256', 'ECC_NIST_P256'], ['EdDSA', 'ECC_NIST_EDWARDS25519'], ['PS256', 'RSA_2048']] as const) {
    t.test(`jose verifies a JWT signed with ${alg}`, async t => {
      const pem = await createKey(`jwt-${alg}`, keySpec)
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
      const input = `${part({ alg, typ: 'JWT' })}.${part({ sub: 'somebody', exp: Math.floor(Date.now() / 1000) + 60 })}`
      const { signature } = await sign(`jwt-${alg}`, Buffer.from(input), { signatureFormat: 'P1363' })
      const key = await importSPKI(pem, alg)
      const { payload } = await jwtVerify(`${input}.${signature.toString('base64url')}`, key)
      t.equal(payload.sub, 'somebody')
      await t.rejects(jwtVerify(`${input.slice(0, -1)}A.${signature.toString('base64url')}`, key))
    })
  }

  t.test('a Solana message verifies with another Ed25519 implementation', async t => {
    const pem = await createKey('solana', 'ECC_NIST_EDWARDS25519')
    const publicKey = createPublicKey(pem).export({ type: 'spki', format: 'der' }).subarray(-32)
    const header = Buffer.from([1, 0, 1, 2])
    const message = Buffer.concat([header, publicKey, Buffer.alloc(32), createHash('sha256').update('blockhash').digest(), Buffer.from([0])])
    const { signature } = await sign('solana', message)
    t.ok(ed25519.verify(signature, message, publicKey))
    t.notOk(ed25519.verify(signature, Buffer.concat([message, Buffer.from([0])]), publicKey))
  })

  t.test('openssl accepts a certificate request', { skip: hasOpenssl ? false : 'openssl is not installed' }, async t => {
    const pem = await createKey('request', 'ECC_NIST_P384')
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' })
    const commonName = der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('service.example')))
    const info = der(0x30, Buffer.from('020100', 'hex'), der(0x30, der(0x31, commonName)), spki, der(0xa0))
    const { signature } = await sign('request', info)
    const ecdsaWithSha384 = Buffer.from('300a06082a8648ce3d040303', 'hex')
    const request = der(0x30, info, ecdsaWithSha384, der(0x03, Buffer.from([0]), signature))
    const folder = mkdtempSync(join(tmpdir(), 'request-'))
    t.teardown(() => { rmSync(folder, { recursive: true }) })
    writeFileSync(join(folder, 'request.der'), request)
    t.ok(succeeds('openssl', ['req', '-verify', '-inform', 'DER', '-in', join(folder, 'request.der'), '-noout']))
  })
})
