import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { test } from 'tap'
import { startKms } from '../../src/kms/server.ts'
import { accountId, attestationRoot, region, startTestKms } from './fixtures/running-kms.ts'

test('keys, policies, ciphertexts, the default key and the certificate authority survive a restart', async t => {
  const directory = join(t.testdir(), 'kms')
  const policy = {
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:role/admin` }, Action: 'kms:*', Resource: '*' }],
  }
  const before = await startTestKms({ directory })
  const defaultKey = await before.kms.ensureDefaultKey()
  const KeyId = await before.createKey(policy)
  const sealed = (await before.call('Encrypt', { KeyId, Plaintext: 'c2VjcmV0' })).body
  const described = (await before.call('DescribeKey', { KeyId })).body
  const ca = readFileSync(before.kms.caFile, 'utf8')
  await before.kms.close()

  await using after = await startTestKms({ directory })
  t.equal(await after.kms.ensureDefaultKey(), defaultKey)
  t.match((await after.call('Decrypt', { CiphertextBlob: sealed.CiphertextBlob })).body, { KeyId, Plaintext: 'c2VjcmV0' })
  t.same((await after.call('DescribeKey', { KeyId })).body, described)
  t.same((await after.call('GetKeyPolicy', { KeyId })).body.Policy, JSON.stringify(policy))
  t.equal(readFileSync(after.kms.caFile, 'utf8'), ca)
  t.same(after.kms.calls(), { 'Decrypt:ok': 1, 'DescribeKey:ok': 1, 'GetKeyPolicy:ok': 1 }, 'counts are of one life')
})

test('its folder is for its owner alone', async t => {
  const directory = join(t.testdir(), 'kms')
  await using running = await startTestKms({ directory })
  t.equal(statSync(running.directory).mode & 0o777, 0o700)
})

test('the default key has AWS\'s default key policy', async t => {
  await using running = await startTestKms()
  const KeyId = await running.kms.ensureDefaultKey()
  t.match((await running.call('GetKeyPolicy', { KeyId })).body, { Policy: /Enable IAM User Permissions/ })
})

async function greet (
  host: string, port: number, ca: string[], servername?: string, agent: Agent | false = false
): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    request({ host, port, ca, agent, family: 4, ...(servername !== undefined && { servername }) }, answer => {
      answer.resume()
      resolve(answer.statusCode)
    }).on('error', reject).end()
  })
}

test('its certificate holds for KMS\'s own host name, localhost and 127.0.0.1, under its own authority only', async t => {
  await using running = await startTestKms()
  const { port, endpoint, caFile } = running.kms
  const ca = [readFileSync(caFile, 'utf8')]
  t.equal(endpoint, `https://127.0.0.1:${port}`)
  t.equal(await greet('127.0.0.1', port, ca), 400)
  t.equal(await greet('localhost', port, ca), 400)
  t.equal(await greet('127.0.0.1', port, ca, 'kms.us-east-1.amazonaws.com'), 400)
  await t.rejects(greet('127.0.0.1', port, ca, 'kms.eu-west-1.amazonaws.com'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  await t.rejects(greet('127.0.0.1', port, [...rootCertificates]), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
})

test('a port that is taken is an error', async t => {
  await using running = await startTestKms()
  await t.rejects(startTestKms({ directory: t.testdir(), port: running.kms.port }), { code: 'EADDRINUSE' })
})

test('an attestation root that is no certificate is refused at the start', async t => {
  await t.rejects(startTestKms({ directory: t.testdir(), attestationRoot: 'root' }), { name: 'AttestationError' })
})

test('paused, it takes connections and answers neither a handshake nor a request; resumed, it answers them', async t => {
  await using running = await startTestKms()
  const { kms } = running
  const ca = [readFileSync(kms.caFile, 'utf8')]
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async () => await greet('127.0.0.1', kms.port, ca, undefined, agent)
  t.equal(await ask(), 400)

  kms.pause()
  let answers = 0
  const onOpenConnection = ask().then(status => { answers++; return status })
  const onNewConnection = greet('127.0.0.1', kms.port, ca).then(status => { answers++; return status })
  const plain = createConnection(kms.port, '127.0.0.1')
  await once(plain, 'connect')
  plain.destroy()
  await using other = await startTestKms()
  for (let call = 0; call < 10; call++) await other.call('DescribeKey', { KeyId: await other.kms.ensureDefaultKey() })
  t.equal(answers, 0)

  kms.resume()
  t.same(await Promise.all([onOpenConnection, onNewConnection]), [400, 400])
  t.equal(await ask(), 400)
  agent.destroy()
})

test('what a client has given up while it was paused is not done', async t => {
  await using running = await startTestKms()
  const { kms } = running
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const options = { host: '127.0.0.1', port: kms.port, ca: readFileSync(kms.caFile), agent }
  const [answer] = await once(request(options).end(), 'response') as [IncomingMessage]
  await once(answer.resume(), 'end')
  const before = kms.calls()
  kms.pause()
  const given = request({ ...options, method: 'POST', headers: { 'x-amz-target': 'TrentService.Decrypt' } }).on('error', () => undefined)
  given.end('{}')
  await once(given, 'finish')
  t.ok(given.reusedSocket)
  given.destroy()
  while (kms.connections() > 0) await setImmediate()
  const late = createConnection(kms.port, '127.0.0.1')
  await once(late, 'connect')
  late.destroy()
  kms.resume()
  await running.call('DescribeKey', { KeyId: await kms.ensureDefaultKey() })
  t.same(kms.calls(), { ...before, 'DescribeKey:ok': 1 })
})

test('its connections are cut, whatever is under way, and new ones are taken', async t => {
  await using running = await startTestKms()
  const { kms } = running
  const ca = [readFileSync(kms.caFile, 'utf8')]
  kms.pause()
  const waiting = createConnection(kms.port, '127.0.0.1')
  await once(waiting, 'connect')
  const cut = once(waiting, 'close')
  const asked = greet('127.0.0.1', kms.port, ca)
  const refused = t.rejects(asked, { code: 'ECONNRESET' })
  while (kms.connections() < 2) await setImmediate()
  kms.closeConnections()
  await Promise.all([cut, refused])
  kms.resume()
  t.equal(await greet('127.0.0.1', kms.port, ca), 400)
})

test('it can be closed while it is paused', async () => {
  const running = await startTestKms()
  running.kms.pause()
  const waiting = createConnection(running.kms.port, '127.0.0.1').on('error', () => undefined)
  await once(waiting, 'connect')
  await running[Symbol.asyncDispose]()
})

test('close answers what is under way, drops what never came whole, and may be called twice', async t => {
  const kms = await startKms({
    directory: t.testdir(), region, accountId, hostNames: [], attestationRoot: attestationRoot.pem, credentials: { find: () => undefined },
  })
  const stalled = request({
    host: '127.0.0.1', port: kms.port, ca: readFileSync(kms.caFile), agent: false, method: 'POST', headers: { 'x-amz-target': 'TrentService.Decrypt', 'content-length': '10' },
  })
  const dropped = new Promise(resolve => stalled.on('error', resolve))
  stalled.write('{')
  while (!stalled.socket || stalled.socket.connecting || !stalled.headersSent) await setImmediate()
  await greet('127.0.0.1', kms.port, [readFileSync(kms.caFile, 'utf8')])
  await kms.close()
  t.match(await dropped, { code: 'ECONNRESET' })
  await kms.close()
  await t.rejects(greet('127.0.0.1', kms.port, []), { code: 'ECONNREFUSED' })
})
