import fc from 'fast-check'
import { test } from 'tap'

import { keyOrigins, keySpecs } from '../src/keys.ts'
import { checkSealedKey, isMethod, methods } from '../src/methods.ts'
import type { Method } from '../src/methods.ts'
import { SchemaError } from '../src/schema.ts'
import type { Schema } from '../src/schema.ts'
import { enclaveSealedKey, externalSealedKey, samples } from './fixtures/samples.ts'

type Members = Readonly<Record<string, unknown>>

/** Every schema with a value it takes. */
const shapes = Object.entries(samples).flatMap(([method, { params, result }]): [name: string, Schema<unknown>, sample: Members][] => [
  [`${method}.params`, methods[method as Method].params, params as Members],
  [`${method}.result`, methods[method as Method].result, result as Members],
])

const optional = new Set(['sign.result.recoveryId', 'attest.params.nonce', 'attest.params.keyId', 'loadKey.params.sealedKey.record.publicKey'])

test('every method takes its sample request and answer', async t => {
  t.equal(shapes.length, 2 * Object.keys(methods).length)
  for (const [name, schema, sample] of shapes) t.doesNotThrow(() => { schema(sample, name) }, name)
})

test('every member that is missing, unknown or of another type is refused by its place', async t => {
  for (const [name, schema, sample] of shapes) {
    for (const [path, without] of leaveOut(sample, name)) {
      if (optional.has(path)) t.doesNotThrow(() => { schema(without, name) }, `${path} left out`)
      else t.throws(() => { schema(without, name) }, { name: 'SchemaError', message: `${path} is missing` })
    }
    for (const [path, changed] of replace(sample, name)) {
      t.throws(() => { schema(changed, name) }, { name: 'SchemaError', message: new RegExp(`^${path.replaceAll('.', '\\.')}(\\[\\])? `) }, path)
    }
    for (const member of ['extra', '__proto__', 'constructor']) {
      const text = JSON.stringify(sample)
      const extended = JSON.parse(`${text.slice(0, -1)}${text === '{}' ? '' : ','}"${member}":{}}`) as unknown
      t.throws(() => { schema(extended, name) }, { name: 'SchemaError', message: `${name} has a member that is not known` }, member)
    }
  }
})

/** Where a size or range ends: method and side, member, the last values taken, the first ones refused. */
const boundaries: [Method, 'params' | 'result', string, taken: unknown[], refused: unknown[]][] = [
  ['hello', 'params', 'protocolVersion', [1, 2, 0xffff], [0, 0x10000]],
  ['hello', 'result', 'protocolVersion', [1], [2]],
  ['hello', 'result', 'keySpecs', [[], keySpecs], [[...keySpecs, 'RSA_2048'], ['RSA_1024']]],
  ['hello', 'result', 'region', ['us-gov-east-1'], ['US', '', 'a'.repeat(65)]],
  ['hello', 'result', 'kmsKeyArn', ['arn:aws-us-gov:kms:us-gov-east-1:1:alias/a_b'], ['alias/a', 'arn:aws:kms: ']],
  ['hello', 'result', 'enclaveVersion', ['1.0.0-rc.1+a'], ['', 'a'.repeat(65), '1 0']],
  ['setCredentials', 'params', 'accessKeyId', ['A', 'A'.repeat(128)], ['', 'A'.repeat(129), 'A-B']],
  ['setCredentials', 'params', 'secretAccessKey', ['a', 'a'.repeat(256)], ['', 'a'.repeat(257), 'a b', 'a\n']],
  ['setCredentials', 'params', 'sessionToken', ['a', 'a'.repeat(8192)], ['', 'a'.repeat(8193), 'é']],
  ['setCredentials', 'params', 'expiresAt', [0, 8.64e15], [-1, 8.64e15 + 1, 0.5]],
  ['sign', 'params', 'keyId', ['a', 'a'.repeat(128)], ['', 'a'.repeat(129), '../a']],
  ['sign', 'params', 'message', [ofBytes(1), ofBytes(4096)], ['', ofBytes(4097), 'AA']],
  ['sign', 'params', 'messageType', ['RAW', 'DIGEST'], ['raw']],
  ['sign', 'params', 'signatureFormat', ['DER', 'P1363'], ['RAW']],
  ['sign', 'params', 'signingAlgorithm', ['ED25519_SHA_512'], ['SM2DSA']],
  ['sign', 'result', 'signature', [ofBytes(1), ofBytes(1024)], ['', ofBytes(1025)]],
  ['sign', 'result', 'recoveryId', [0, 1], [2, -1, '0']],
  ['attest', 'params', 'nonce', [ofBytes(1), ofBytes(512)], ['', ofBytes(513)]],
  ['attest', 'result', 'attestationDocument', [ofBytes(1), ofBytes(131072)], ['', ofBytes(131073)]],
  ['ping', 'result', 'uptimeMs', [0, Number.MAX_SAFE_INTEGER], [-1, Infinity]],
  ['ping', 'result', 'credentialsExpireAt', [null, 0], [-1, undefined]],
  ['readLog', 'params', 'after', [0, Number.MAX_SAFE_INTEGER], [-1, 0.5, '1']],
  ['readLog', 'result', 'lines', [[], Array(200).fill(samples.readLog.result.lines[0])], [Array(201).fill(samples.readLog.result.lines[0]), ['text']]],
  ['readLog', 'result', 'next', [0], [-1]],
  ['readLog', 'result', 'dropped', [0], [-1]],
]

test('every size and range ends where PROTOCOL.md says', async t => {
  for (const [method, side, member, taken, refused] of boundaries) {
    const schema: Schema<unknown> = methods[method][side]
    for (const value of taken) t.doesNotThrow(() => { schema({ ...samples[method][side], [member]: value }, side) }, `${method} ${member}`)
    for (const value of refused) {
      t.throws(() => { schema({ ...samples[method][side], [member]: value }, side) }, {
        name: 'SchemaError', message: new RegExp(`^${side}\\.${member}`),
      }, `${method} ${member}`)
    }
  }
})

/** Sizes of a sealed key: origin, member of the record or the seal, the last sizes taken, the first refused. */
const sealSizes: [typeof enclaveSealedKey | typeof externalSealedKey, 'record' | 'seal', string, taken: number[], refused: number[]][] = [
  [enclaveSealedKey, 'record', 'publicKey', [1, 1024], [0, 1025]],
  [enclaveSealedKey, 'seal', 'encryptedDataKey', [1, 6144], [0, 6145]],
  [enclaveSealedKey, 'seal', 'iv', [12], [11, 13]],
  [enclaveSealedKey, 'seal', 'ciphertext', [1, 4096], [0, 4097]],
  [enclaveSealedKey, 'seal', 'tag', [16], [15, 17]],
  [externalSealedKey, 'record', 'publicKey', [1, 1024], [0, 1025]],
  [externalSealedKey, 'seal', 'ciphertextBlob', [1, 6144], [0, 6145]],
]

test('every part of a sealed key has its size', async t => {
  for (const [sealedKey, part, member, taken, refused] of sealSizes) {
    const withSize = (bytes: number): unknown => ({ ...sealedKey, [part]: { ...sealedKey[part], [member]: ofBytes(bytes) } })
    for (const bytes of taken) t.doesNotThrow(() => { checkSealedKey(withSize(bytes)) }, `${member} of ${bytes}`)
    for (const bytes of refused) {
      t.throws(() => { checkSealedKey(withSize(bytes)) }, { message: new RegExp(`^sealedKey\\.${part}\\.${member} `) }, `${member} of ${bytes}`)
    }
  }
})

test('a key made in an enclave cannot pass for an imported one, nor the other way round', async t => {
  t.throws(() => { checkSealedKey({ record: enclaveSealedKey.record, seal: externalSealedKey.seal }) }, {
    message: 'sealedKey.seal.encryptedDataKey is missing',
  })
  t.throws(() => { checkSealedKey({ record: externalSealedKey.record, seal: enclaveSealedKey.seal }) }, {
    message: 'sealedKey.seal.ciphertextBlob is missing',
  })
  t.throws(() => { checkSealedKey({ ...externalSealedKey, record: { ...externalSealedKey.record, origin: 'AWS_KMS' } }) }, {
    message: 'sealedKey.record.origin is not one of EXTERNAL',
  })
  const { publicKey: _enclaves, ...enclaveRecord } = enclaveSealedKey.record
  t.throws(() => { checkSealedKey({ ...enclaveSealedKey, record: enclaveRecord }) }, { message: 'sealedKey.record.publicKey is missing' })
  const { publicKey: _externals, ...externalRecord } = externalSealedKey.record
  t.doesNotThrow(() => { checkSealedKey({ ...externalSealedKey, record: externalRecord }) })
})

test('records of both origins are answered', async t => {
  for (const origin of keyOrigins) {
    t.doesNotThrow(() => { methods.loadKey.result({ record: { ...externalSealedKey.record, origin } }, 'result') })
  }
})

test('only the names in the table are methods', async t => {
  t.strictSame(Object.keys(methods), ['hello', 'setCredentials', 'loadKey', 'generateKey', 'sign', 'attest', 'ping', 'readLog'])
  t.equal(Object.keys(methods).every(isMethod), true)
  for (const name of ['toString', '__proto__', 'constructor', 'Sign', '', 'decrypt']) t.equal(isMethod(name), false, name)
})

test('no JSON makes a method throw anything but a SchemaError', async t => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(...shapes), (value, [name, schema, sample]) => {
    for (const candidate of [value, { ...sample, extra: value }, ...Object.keys(sample).map(member => ({ ...sample, [member]: value }))]) {
      try {
        schema(candidate, name)
      } catch (error) {
        if (!(error instanceof SchemaError)) throw error
      }
    }
  }), { numRuns: 300 })
  t.pass('none did')
})

function ofBytes (count: number): string {
  return Buffer.alloc(count, 7).toString('base64')
}

/** The value without one member, for each member at any depth. */
function leaveOut (value: Members, path: string): [path: string, without: Members][] {
  return Object.entries(value).flatMap(([name, member]) => {
    const { [name]: _left, ...rest } = value
    const inside = isObject(member) ? leaveOut(member, `${path}.${name}`) : []
    return [[`${path}.${name}`, rest], ...inside.map(([at, without]): [string, Members] => [at, { ...value, [name]: without }])]
  })
}

/** The value with one leaf of a type that fits nowhere, for each leaf at any depth. */
function replace (value: Members, path: string): [path: string, changed: Members][] {
  return Object.entries(value).flatMap(([name, member]) => {
    if (!isObject(member)) return [[`${path}.${name}`, { ...value, [name]: true }]]
    return replace(member, `${path}.${name}`).map(([at, changed]): [string, Members] => [at, { ...value, [name]: changed }])
  })
}

function isObject (value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
