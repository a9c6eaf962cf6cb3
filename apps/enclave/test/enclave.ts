import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { createClient } from '@enclave-signer/protocol'
import { test } from 'tap'
import { configFromEnvironment } from '../src/config/environment.ts'
import { createEnclave } from '../src/enclave.ts'
import { startEnclave } from './fixtures/enclave.ts'
import { keyArn } from './fixtures/kms-server.ts'
import { PlainNsm } from './fixtures/nsm.ts'
import { socketPathFor } from './fixtures/socket-path.ts'

test('an enclave listens when it has been created, and has gone when it is closed', async t => {
  const socketPath = socketPathFor(t)
  const config = configFromEnvironment({ AWS_REGION: 'us-east-1', KMS_KEY_ARN: keyArn, LISTEN_SOCKET: socketPath })
  const events: string[] = []
  const enclave = await createEnclave(config, { nsm: new PlainNsm(), log: ({ event }) => { events.push(event) } })
  t.ok(existsSync(socketPath))
  await enclave.close()
  await enclave.closed
  await enclave.close()
  t.notOk(existsSync(socketPath))
  t.same(events, ['enclave.booted', 'enclave.listening'])
})

test('the key KMS encrypts to is another one in every life of the enclave', async t => {
  await using one = await startEnclave()
  await using two = await startEnclave()
  const keys = await Promise.all([one, two].map(async enclave => {
    await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') })
    return Buffer.from(enclave.nsm.requests[0]?.publicKey ?? []).toString('base64')
  }))
  t.ok(keys.every(key => key.length > 300))
  t.not(keys[0], keys[1])
})

test('an enclave with Amazon\'s roots, as in production, does not take this test\'s KMS', async t => {
  await using enclave = await startEnclave()
  const socketPath = socketPathFor(t)
  const config = configFromEnvironment({
    AWS_REGION: 'us-east-1', KMS_KEY_ARN: keyArn, LISTEN_SOCKET: socketPath, KMS_SOCKET: enclave.kms.socketPath,
  })
  await using production = await createEnclave(config, { nsm: new PlainNsm(), log: () => undefined })
  t.ok(production.closed instanceof Promise)
  const socket = connect(socketPath)
  await once(socket, 'connect')
  const client = createClient(socket)
  await client.request('setCredentials', { accessKeyId: 'AKID', secretAccessKey: 's', sessionToken: 't', expiresAt: Date.now() + 1000 })
  await t.rejects(client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') }), { code: 'KMS_UNTRUSTED' })
  client.close()
})
