import fc from 'fast-check'
import { test } from 'tap'

import { EnclaveError, enclaveErrorCodes, ProtocolError } from '../src/errors.ts'
import { decodeAnswer, decodeRequest, encodeError, encodeRequest, encodeResult } from '../src/message.ts'
import { samples } from './fixtures/samples.ts'
import { frozenAndMade, readVectors } from './fixtures/vectors.ts'

test('ids from 0 to the largest safe integer are kept', async t => {
  for (const id of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    t.strictSame(decodeRequest(Buffer.from(encodeRequest(id, 'ping', {}))), { id, method: 'ping', params: {}, context: undefined })
    t.strictSame(decodeAnswer(Buffer.from(encodeResult(id, {}))), { id, result: {} })
  }
})

const noRequests: [name: string, text: string][] = [
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}]'],
  ['a notification', '{"jsonrpc":"2.0","method":"ping","params":{}}'],
  ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
  ['an id in text', '{"jsonrpc":"2.0","id":"1","method":"ping"}'],
  ['a broken id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'],
  ['a negative id', '{"jsonrpc":"2.0","id":-1,"method":"ping"}'],
  ['an id past the safe integers', '{"jsonrpc":"2.0","id":9007199254740992,"method":"ping"}'],
  ['no version', '{"id":1,"method":"ping"}'],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
  ['no method', '{"jsonrpc":"2.0","id":1}'],
  ['a method that is no text', '{"jsonrpc":"2.0","id":1,"method":["ping"]}'],
  ['a member that is not known', '{"jsonrpc":"2.0","id":1,"method":"ping","extra":1}'],
  ['members in __proto__', '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{"params":{}}}'],
  ['an answer', '{"jsonrpc":"2.0","id":1,"result":{}}'],
  ['null', 'null'],
  ['text', '"ping"'],
]

test('JSON that is not one request is an invalid request', async t => {
  for (const [name, text] of noRequests) {
    t.throws(() => decodeRequest(Buffer.from(text)), {
      name: 'EnclaveError',
      code: 'INVALID_REQUEST',
      message: `${text.length} bytes that are not one JSON-RPC 2.0 request with a whole-number id`,
    }, name)
  }
})

const noJson: [name: string, bytes: Buffer][] = [
  ['half an object', Buffer.from('{"jsonrpc":')],
  ['two values', Buffer.from('{}{}')],
  ['a byte-order mark', Buffer.from('\ufeff{}')],
  ['a comment', Buffer.from('{}//')],
  ['a NUL', Buffer.from('{}\0')],
  ['a lone byte over 127', Buffer.from([0x22, 0xff, 0x22])],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ['UTF-16', Buffer.from('{}', 'utf16le')],
  ['100,000 open brackets', Buffer.from('['.repeat(100_000))],
]

test('bytes that are not JSON in UTF-8 are a parse error as a request and an invalid answer as an answer', async t => {
  for (const [name, bytes] of noJson) {
    t.throws(() => decodeRequest(bytes), {
      name: 'EnclaveError', code: 'PARSE_ERROR', message: `${bytes.length} bytes that are not JSON in UTF-8`,
    }, name)
    t.throws(() => decodeAnswer(bytes), { name: 'ProtocolError', code: 'INVALID_ANSWER' }, name)
  }
})

const noAnswers: [name: string, text: string][] = [
  ['a request', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}'],
  ['neither result nor error', '{"jsonrpc":"2.0","id":1}'],
  ['both result and error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}'],
  ['a result and an empty error', '{"jsonrpc":"2.0","id":1,"result":{},"error":null}'],
  ['a result to nobody', '{"jsonrpc":"2.0","id":null,"result":{}}'],
  ['an error without an id', '{"jsonrpc":"2.0","error":{"code":1,"message":""}}'],
  ['an error that is no object', '{"jsonrpc":"2.0","id":1,"error":"no"}'],
  ['an id in text', '{"jsonrpc":"2.0","id":"1","result":{}}'],
  ['no version', '{"id":1,"result":{}}'],
  ['members in __proto__', '{"jsonrpc":"2.0","__proto__":{"id":1,"result":{}}}'],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"result":{}}]'],
]

test('JSON that is not one answer is an invalid answer', async t => {
  for (const [name, text] of noAnswers) {
    t.throws(() => decodeAnswer(Buffer.from(text)), {
      name: 'ProtocolError', code: 'INVALID_ANSWER', message: `${text.length} bytes that are not one JSON-RPC 2.0 answer`,
    }, name)
  }
})

test('100,000 nested arrays and objects are read without harm', async t => {
  const arrays = '['.repeat(100_000) + ']'.repeat(100_000)
  const objects = '{"a":'.repeat(40_000) + '0' + '}'.repeat(40_000)
  for (const nested of [arrays, objects]) {
    t.equal(decodeRequest(Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"ping","params":${nested}}`)).id, 1)
    t.throws(() => decodeRequest(Buffer.from(nested)), { code: 'INVALID_REQUEST' })
    t.throws(() => decodeAnswer(Buffer.from(nested)), { code: 'INVALID_ANSWER' })
  }
})

test('an error crosses with its code and its message, never with its cause', async t => {
  const text = encodeError(7, new EnclaveError('SEAL_BROKEN', 'the tag does not fit', { cause: new Error('inner detail') }))
  t.notMatch(text, 'inner detail')
  t.match(decodeAnswer(Buffer.from(text)), { id: 7, error: { name: 'EnclaveError', code: 'SEAL_BROKEN', message: 'the tag does not fit' } })
})

test('an error message is cut to 512 characters by both ends', async t => {
  const long = 'm'.repeat(600)
  const sent = JSON.parse(encodeError(1, new EnclaveError('INTERNAL', long))) as { error: { message: string } }
  t.equal(sent.error.message.length, 512)
  const received = decodeAnswer(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: 1, message: long } })))
  t.equal('error' in received && received.error.message.length, 512)
})

test('an error of a code that is not known is INTERNAL', async t => {
  for (const error of [{ code: -32000, message: 'm', data: { code: 'NO_SUCH_CODE' } }, { code: 1, message: 'm' }, { message: 'm', data: 'x' }]) {
    t.match(decodeAnswer(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, error }))), { error: { code: 'INTERNAL', message: 'm' } })
  }
  t.match(decodeAnswer(Buffer.from('{"jsonrpc":"2.0","id":1,"error":{"message":5}}')), { error: { code: 'INTERNAL', message: 'no message' } })
})

test('every way of cutting a request short is refused', async t => {
  const whole = Buffer.from(encodeRequest(1, 'sign', { keyId: 'é€😀' }))
  for (let length = 0; length < whole.length; length++) {
    t.throws(() => decodeRequest(whole.subarray(0, length)), { code: 'PARSE_ERROR' }, `${length} bytes`)
  }
})

test('the frozen requests and answers of every method decode, and encode to the same bytes', async t => {
  const vectors = readVectors('methods.json')
  for (const { method, id, params, request, result, answer } of vectors) {
    t.strictSame(decodeRequest(Buffer.from(request)), { id, method, params, context: undefined }, method)
    t.equal(encodeRequest(id, method, params), request, method)
    t.strictSame(decodeAnswer(Buffer.from(answer)), { id, result }, method)
    t.equal(encodeResult(id, result), answer, method)
  }
  const { frozen, made } = frozenAndMade('methods.json')
  t.equal(made, frozen)
})

test('the frozen requests with a context decode, and encode to the same bytes', async t => {
  const { params } = samples.sign
  for (const { id, context, request } of readVectors('contexts.json')) {
    t.strictSame(decodeRequest(Buffer.from(request)), { id, method: 'sign', params, context }, request)
    t.equal(encodeRequest(id, 'sign', params, context), request)
  }
  const { frozen, made } = frozenAndMade('contexts.json')
  t.equal(made, frozen)
})

test('the frozen errors of every code decode, and encode to the same bytes', async t => {
  const vectors = readVectors('errors.json')
  t.strictSame(new Set(vectors.map(({ code }) => code)), new Set(enclaveErrorCodes))
  for (const { id, code, number, message, answer } of vectors) {
    const decoded = decodeAnswer(Buffer.from(answer))
    t.match(decoded, { id, error: { name: 'EnclaveError', code, message } }, code)
    t.match(JSON.parse(answer), { error: { code: number, data: { code } } }, code)
    if ('error' in decoded) t.equal(encodeError(decoded.id, decoded.error), answer, code)
  }
  const { frozen, made } = frozenAndMade('errors.json')
  t.equal(made, frozen)
})

test('no JSON and no bytes make a decoder throw anything but its own error', async t => {
  const almost = fc.record({
    jsonrpc: fc.constantFrom('2.0', '1.0'),
    id: fc.jsonValue(),
    method: fc.jsonValue(),
    params: fc.jsonValue(),
    context: fc.jsonValue(),
    result: fc.jsonValue(),
    error: fc.jsonValue(),
  }, { requiredKeys: [] })
  const text = fc.oneof(fc.json(), almost.map(value => JSON.stringify(value))).map(value => Buffer.from(value))
  const payload = fc.oneof(text, fc.uint8Array().map(bytes => Buffer.from(bytes)))
  fc.assert(fc.property(payload, bytes => {
    refusesAs(EnclaveError, () => decodeRequest(bytes))
    refusesAs(ProtocolError, () => decodeAnswer(bytes))
  }), { numRuns: 1000 })
  t.pass('none did')
})

test('any parameters and any result come back from their text', async t => {
  fc.assert(fc.property(fc.maxSafeNat(), fc.string(), fc.jsonValue(), (id, method, value) => {
    t.strictSame(JSON.stringify(decodeRequest(Buffer.from(encodeRequest(id, method, value))).params), JSON.stringify(value))
    t.strictSame(JSON.stringify(decodeAnswer(Buffer.from(encodeResult(id, value)))), JSON.stringify({ id, result: value }))
  }))
})

function refusesAs (expected: typeof EnclaveError | typeof ProtocolError, decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof expected)) throw error
  }
}
