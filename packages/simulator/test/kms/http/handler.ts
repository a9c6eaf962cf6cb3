import fc from 'fast-check'
import { request } from 'node:https'
import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { now, startTestKms } from '../fixtures/running-kms.ts'

test('every answer has the date of this KMS, a request id and the protocol\'s type', async t => {
  await using running = await startTestKms()
  const answers = [await running.call('GenerateRandom', { NumberOfBytes: 1 }), await running.call('Decrypt', {})]
  t.same(answers.map(({ status }) => status), [200, 400])
  for (const { headers } of answers) {
    t.equal(headers.date, new Date(now).toUTCString())
    t.match(headers['x-amzn-requestid'], /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    t.equal(headers['content-type'], 'application/x-amz-json-1.1')
  }
  t.not(answers[0]?.headers['x-amzn-requestid'], answers[1]?.headers['x-amzn-requestid'])
})

test('operations that this KMS does not have are unknown, whoever asks for them', async t => {
  await using running = await startTestKms()
  for (const target of ['TrentService.GetPublicKey', 'TrentService.Sign', 'TrentService.decrypt', 'TrentService.toString', 'Decrypt', 'DynamoDB_20120810.Decrypt']) {
    const { status, body } = await running.call('', {}, { target })
    t.equal(status, 400)
    t.same(body, { __type: 'UnknownOperationException' }, target)
  }
  t.same(running.kms.calls(), { 'Unknown:UnknownOperationException': 6 })
})

test('only POST to the root is the API', async t => {
  await using running = await startTestKms()
  const options = [{ path: '/?Action=Decrypt' }, { path: '/keys' }, { method: 'PUT' }]
  for (const option of options) t.same((await running.call('Decrypt', {}, option)).body, { __type: 'UnknownOperationException' })
})

test('nobody gets past a bad signature, whatever the operation', async t => {
  await using running = await startTestKms()
  const answers = [
    await running.call('Decrypt', '{', { tamper: ({ authorization: _, ...headers }) => headers }),
    await running.call('GetPublicKey', '{', { tamper: ({ authorization: _, ...headers }) => headers }),
    await running.call('Decrypt', {}, { tamper: headers => ({ ...headers, 'x-amz-target': 'TrentService.Encrypt' }) }),
    await running.call('Decrypt', {}, { as: 'ASIAENCLAVE', date: now - 400_000 }),
  ]
  t.same(answers.map(({ body }) => body.__type), [
    'MissingAuthenticationTokenException', 'MissingAuthenticationTokenException', 'InvalidSignatureException', 'InvalidSignatureException',
  ])
})

test('a credential that expires answers so from that moment on', async t => {
  let clock = now + 59_999
  await using running = await startTestKms({ now: () => clock })
  const use = async () => (await running.call('GenerateRandom', { NumberOfBytes: 1 }, { as: 'ASIAENCLAVE', date: clock })).body
  t.match(await use(), { Plaintext: String })
  clock++
  t.same(await use(), { __type: 'ExpiredTokenException', message: 'The security token included in the request is expired' })
})

test('calls are counted by operation and outcome', async t => {
  await using running = await startTestKms()
  await running.call('GenerateRandom', { NumberOfBytes: 1 })
  await running.call('GenerateRandom', { NumberOfBytes: 1 })
  await running.call('GenerateRandom', {})
  t.same(running.kms.calls(), { 'GenerateRandom:ok': 2, 'GenerateRandom:ValidationException': 1 })
})

test('injected faults answer the next calls of their operation and are then over', async t => {
  await using running = await startTestKms()
  const use = async () => await running.call('GenerateRandom', { NumberOfBytes: 1 })
  running.kms.fail('GenerateRandom', 'ThrottlingException', 2)
  running.kms.fail('GenerateRandom', 'KMSInternalException')
  running.kms.fail('GenerateRandom', 'ConnectionReset')
  running.kms.fail('Decrypt', 'ThrottlingException')
  const throttled = { status: 400, body: { __type: 'ThrottlingException', message: 'injected fault' } }
  t.match(await use(), throttled)
  t.match(await use(), throttled)
  t.match(await use(), { status: 500, body: { __type: 'KMSInternalException' } })
  await t.rejects(use(), { code: 'ECONNRESET' })
  t.match(await use(), { status: 200 })
  t.same(running.kms.calls(), {
    'GenerateRandom:ThrottlingException': 2, 'GenerateRandom:KMSInternalException': 1, 'GenerateRandom:ConnectionReset': 1, 'GenerateRandom:ok': 1,
  })
})

test('a fault of the simulator itself is an internal exception that says nothing', async t => {
  await using running = await startTestKms({ credentials: { find: () => { throw new Error('inside') } } })
  const { status, body } = await running.call('GenerateRandom', { NumberOfBytes: 1 })
  t.equal(status, 500)
  t.same(body, { __type: 'KMSInternalException' })
})

test('a body longer than half a mebibyte is refused, announced or not', async t => {
  await using running = await startTestKms()
  const ca = readFileSync(running.kms.caFile)
  const send = async (headers: Record<string, string>) => await new Promise<number | undefined>((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1', port: running.kms.port, ca, agent: false, method: 'POST', headers: { 'x-amz-target': 'TrentService.Decrypt', ...headers },
    }, answer => {
      answer.resume()
      answer.on('end', () => { resolve(answer.statusCode) })
      outgoing.destroy()
    })
    outgoing.on('error', reject)
    if ('content-length' in headers) outgoing.flushHeaders()
    else outgoing.write(Buffer.alloc(512 * 1024 + 1))
  })
  t.equal(await send({ 'content-length': String(512 * 1024 + 1) }), 413)
  t.equal(await send({ 'transfer-encoding': 'chunked' }), 413)
  t.match(running.kms.calls(), { 'Decrypt:RequestEntityTooLargeException': 2 })
})

test('a client that gives up in the middle of its request harms nobody', async t => {
  await using running = await startTestKms()
  const outgoing = request({
    host: '127.0.0.1', port: running.kms.port, ca: readFileSync(running.kms.caFile), agent: false, method: 'POST', headers: { 'x-amz-target': 'TrentService.Decrypt', 'content-length': '10' },
  })
  outgoing.on('error', () => undefined)
  outgoing.write('{')
  outgoing.on('socket', socket => socket.on('secureConnect', () => setImmediate(() => outgoing.destroy())))
  await new Promise(resolve => outgoing.once('close', resolve))
  t.equal((await running.call('GenerateRandom', { NumberOfBytes: 1 })).status, 200)
})

const operations = ['CreateKey', 'DescribeKey', 'PutKeyPolicy', 'GetKeyPolicy', 'Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateRandom']

test('random bytes as a body, a ciphertext, a policy and an attestation document never crash this KMS', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const base64 = fc.uint8Array({ minLength: 1, maxLength: 300 }).map(bytes => Buffer.from(bytes).toString('base64'))
  const member = fc.record({
    KeyId: fc.constantFrom(KeyId, KeyId, 'x', '\u0000'),
    CiphertextBlob: base64.map(text => `AQ${text.slice(2)}`),
    Plaintext: fc.oneof(base64, fc.string()),
    NumberOfBytes: fc.integer(),
    KeySpec: fc.constantFrom('AES_256', 'x'),
    Policy: fc.json(),
    EncryptionContext: fc.dictionary(fc.string(), fc.string()),
    Recipient: fc.record({ AttestationDocument: base64, KeyEncryptionAlgorithm: fc.constant('RSAES_OAEP_SHA_256') }),
  }, { requiredKeys: [] })
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)), member, fc.jsonValue().map(value => JSON.stringify(value)))
  await fc.assert(fc.asyncProperty(fc.constantFrom(...operations), body, async (operation, content) => {
    const { status, body: { __type } } = await running.call(operation, content)
    return status === 200 || (status === 400 && __type !== 'KMSInternalException')
  }), { numRuns: 150 })
  t.equal(Object.keys(running.kms.calls()).some(name => name.includes('Internal')), false)
})
