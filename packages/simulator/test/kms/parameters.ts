import { test } from 'tap'
import { Parameters } from '../../src/kms/parameters.ts'

const refusal = (message: string) => ({ code: 'ValidationException', message: `1 validation error detected: ${message}` })
const misshapen = (message: string) => ({ code: 'SerializationException', message })

test('an empty body has no members, and null members are absent', async t => {
  t.equal(Parameters.fromBody(Buffer.alloc(0)).text('KeyId'), undefined)
  const request = Parameters.fromBody(Buffer.from('{"KeyId":null,"EncryptionContext":null,"DryRun":null}'))
  t.equal(request.text('KeyId'), undefined)
  t.equal(request.textMap('EncryptionContext').size, 0)
  t.equal(request.flag('DryRun'), false)
})

test('a body that is not a JSON object is refused', async t => {
  for (const body of ['{', '"x"', '[]', 'null', '1']) {
    t.throws(() => Parameters.fromBody(Buffer.from(body)), { code: 'SerializationException' }, body)
  }
  t.throws(() => Parameters.fromBody(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), misshapen('the body is not JSON'), 'not UTF-8')
})

test('members of the prototype are not members of the request', async t => {
  t.equal(Parameters.fromBody(Buffer.from('{}')).structure('constructor'), undefined)
  const context = Parameters.fromBody(Buffer.from('{"EncryptionContext":{"__proto__":"a"}}')).textMap('EncryptionContext')
  t.same([...context], [['__proto__', 'a']])
})

test('a required member that is missing is named as AWS names it', async t => {
  const request = new Parameters({ Recipient: {} })
  t.throws(() => request.requiredText('KeyId'), refusal("Value null at 'keyId' failed to satisfy constraint: Member must not be null"))
  t.throws(() => request.structure('Recipient')?.requiredBlob('AttestationDocument'),
    refusal("Value null at 'recipient.attestationDocument' failed to satisfy constraint: Member must not be null"))
})

test('bounds hold for characters of texts, bytes of blobs and numbers, ends included', async t => {
  const bounds = { minimum: 2, maximum: 3 }
  const tooShort = (name: string, what: string) =>
    refusal(`Value at '${name}' failed to satisfy constraint: Member must have ${what} greater than or equal to 2`)
  const tooLong = (name: string, what: string) =>
    refusal(`Value at '${name}' failed to satisfy constraint: Member must have ${what} less than or equal to 3`)

  t.equal(new Parameters({ KeyId: 'ab' }).text('KeyId', bounds), 'ab')
  t.throws(() => new Parameters({ KeyId: 'a' }).text('KeyId', bounds), tooShort('keyId', 'length'))
  t.throws(() => new Parameters({ KeyId: 'abcd' }).text('KeyId', bounds), tooLong('keyId', 'length'))

  t.equal(new Parameters({ Plaintext: 'YWJj' }).blob('Plaintext', bounds)?.toString(), 'abc')
  t.throws(() => new Parameters({ Plaintext: 'YQ==' }).blob('Plaintext', bounds), tooShort('plaintext', 'length'))
  t.throws(() => new Parameters({ Plaintext: 'YWJjZA==' }).blob('Plaintext', bounds), tooLong('plaintext', 'length'))

  t.equal(new Parameters({ NumberOfBytes: 3 }).integer('NumberOfBytes', bounds), 3)
  t.throws(() => new Parameters({ NumberOfBytes: 1 }).integer('NumberOfBytes', bounds), tooShort('numberOfBytes', 'value'))
  t.throws(() => new Parameters({ NumberOfBytes: 4 }).integer('NumberOfBytes', bounds), tooLong('numberOfBytes', 'value'))
})

test('a word outside its set is refused with the set', async t => {
  t.throws(() => new Parameters({ KeySpec: 'AES_512' }).choice('KeySpec', ['AES_256', 'AES_128']),
    refusal("Value at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]"))
  t.equal(new Parameters({ KeySpec: 'AES_128' }).choice('KeySpec', ['AES_256', 'AES_128']), 'AES_128')
})

test('a value of another JSON type is refused', async t => {
  t.throws(() => new Parameters({ KeyId: 1 }).text('KeyId'), misshapen('keyId is not a String'))
  t.throws(() => new Parameters({ NumberOfBytes: '1' }).integer('NumberOfBytes'), misshapen('numberOfBytes is not an Integer'))
  t.throws(() => new Parameters({ NumberOfBytes: 1.5 }).integer('NumberOfBytes'), misshapen('numberOfBytes is not an Integer'))
  t.throws(() => new Parameters({ DryRun: 'true' }).flag('DryRun'), misshapen('dryRun is not a Boolean'))
  t.throws(() => new Parameters({ Recipient: [] }).structure('Recipient'), misshapen('recipient is not a structure or map'))
  t.throws(() => new Parameters({ EncryptionContext: { a: 1 } }).textMap('EncryptionContext'), misshapen('a value of encryptionContext is not a String'))
})

test('base64 is taken in its one canonical alphabet and with its padding', async t => {
  for (const text of ['YQ', 'YQ=', 'YQ==\n', 'Y Q=', 'Y-_=', '=']) {
    t.throws(() => new Parameters({ Plaintext: text }).blob('Plaintext'), misshapen('plaintext is not valid Base64'), text)
  }
})

test('no message shows a value', async t => {
  t.throws(() => new Parameters({ Plaintext: 'c2VjcmV0' }).blob('Plaintext', { maximum: 1 }),
    refusal("Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 1"))
})
