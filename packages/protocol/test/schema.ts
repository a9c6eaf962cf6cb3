import fc from 'fast-check'
import { test } from 'tap'

import { array, base64, either, integer, isPlainObject, nullable, number, object, oneOf, SchemaError, string, timestamp, variant } from '../src/schema.ts'
import type { Schema } from '../src/schema.ts'

/** A schema, values it takes, and values it refuses with what it says. */
type Row = [name: string, schema: Schema<unknown>, taken: unknown[], refused: [value: unknown, message: string][]]

const rows: Row[] = [
  ['a string', string(3, /^[a-c]*$/), ['', 'abc'], [
    ['abca', 'at is longer than 3 characters'],
    ['abd', 'at does not match ^[a-c]*$'],
    ['ab\n', 'at does not match ^[a-c]*$'],
    [1, 'at is not a string'],
    [null, 'at is not a string'],
    [undefined, 'at is not a string'],
  ]],
  ['base64', base64(1, 2), ['AA==', 'AAA='], [
    ['', 'at is not of 1 to 2 bytes'],
    ['AAAA', 'at is not of 1 to 2 bytes'],
    ['AB==', 'at is not canonical base64'],
    ['AA', 'at is not canonical base64'],
    [7, 'at is not a string'],
  ]],
  ['a timestamp', timestamp(), ['2026-01-02T03:04:05.678Z', '0001-01-01T00:00:00.000Z', '2024-02-29T00:00:00.000Z'], [
    ['2026-02-30T00:00:00.000Z', 'at is not an ISO 8601 time in UTC'],
    ['2026-13-01T00:00:00.000Z', 'at is not an ISO 8601 time in UTC'],
    ['2026-01-02T03:04:05Z', 'at is not an ISO 8601 time in UTC'],
    ['2026-01-02T03:04:05.678', 'at is not an ISO 8601 time in UTC'],
    ['+010000-01-01T00:00:00.000Z', 'at is not an ISO 8601 time in UTC'],
    ['2026-01-02T24:00:00.000Z', 'at is not an ISO 8601 time in UTC'],
    [1767326645678, 'at is not a string'],
  ]],
  ['a number', number(0, 2), [0, 0.5, 2], [
    [-0.1, 'at is not a number from 0 to 2'],
    [2.1, 'at is not a number from 0 to 2'],
    [Number.NaN, 'at is not a number from 0 to 2'],
    [Infinity, 'at is not a number from 0 to 2'],
    ['1', 'at is not a number from 0 to 2'],
  ]],
  ['a whole number', integer(1), [1, Number.MAX_SAFE_INTEGER], [
    [0, 'at is not a whole number from 1 to 9007199254740991'],
    [1.5, 'at is not a whole number from 1 to 9007199254740991'],
    [Number.MAX_SAFE_INTEGER + 1, 'at is not a whole number from 1 to 9007199254740991'],
    ['1', 'at is not a whole number from 1 to 9007199254740991'],
  ]],
  ['a whole number with an end', integer(1, 2), [1, 2], [[3, 'at is not a whole number from 1 to 2']]],
  ['one of a set', oneOf<string | number>('a', 1), ['a', 1], [['1', 'at is not one of a, 1'], [undefined, 'at is not one of a, 1'], ['toString', 'at is not one of a, 1']]],
  ['null or a value', nullable(integer(0)), [null, 0], [[undefined, 'at is not a whole number from 0 to 9007199254740991']]],
  ['an array', array(integer(0, 9), 2), [[], [1, 2]], [
    [[1, 2, 3], 'at has more than 2 items'],
    [[1, 10], 'at[] is not a whole number from 0 to 9'],
    [{ length: 0 }, 'at is not an array'],
  ]],
  ['an object', object({ a: integer(0, 1) }, { b: string(1) }), [{ a: 0 }, { a: 1, b: '' }], [
    [{}, 'at.a is missing'],
    [{ b: '' }, 'at.a is missing'],
    [{ a: 2 }, 'at.a is not a whole number from 0 to 1'],
    [{ a: 1, b: undefined }, 'at.b is not a string'],
    [{ a: 1, c: 1 }, 'at has a member that is not known'],
    [{ a: 1, toString: 1 }, 'at has a member that is not known'],
    [JSON.parse('{"a":1,"__proto__":{"b":""}}'), 'at has a member that is not known'],
    [Object.create({ a: 1 }), 'at.a is missing'],
    [[], 'at is not an object'],
    [null, 'at is not an object'],
    ['a', 'at is not an object'],
  ]],
  ['a variant', variant('kind', { a: object({ kind: oneOf('a') }), b: object({ kind: oneOf('b'), size: integer(1) }) }), [{ kind: 'a' }, { kind: 'b', size: 1 }], [
    [{ kind: 'a', size: 1 }, 'at has a member that is not known'],
    [{ kind: 'b' }, 'at.size is missing'],
    [{ kind: 'c' }, 'at.kind is not one of a, b'],
    [{ kind: ['a'] }, 'at.kind is not one of a, b'],
    [{ kind: 'toString' }, 'at.kind is not one of a, b'],
    [Object.create({ kind: 'a' }), 'at.kind is not one of a, b'],
    [{}, 'at.kind is not one of a, b'],
    [null, 'at is not an object'],
  ]],
  ['either of two', either(value => value === 1 ? 'first' : 'second', integer(1, 1), string(1)), [1, ''], [[2, 'at is not a string']]],
]

test('every schema takes and refuses what its rule says, and names the place', async t => {
  for (const [name, schema, taken, refused] of rows) {
    for (const value of taken) t.doesNotThrow(() => { schema(value, 'at') }, name)
    for (const [value, message] of refused) t.throws(() => { schema(value, 'at') }, { name: 'SchemaError', message }, name)
  }
})

test('a refusal names the place inside nested values', async t => {
  const schema = object({ list: array(object({ name: string(4) }), 3) })
  t.throws(() => { schema({ list: [{ name: 'good' }, { name: 'too long' }] }, 'params') }, {
    message: 'params.list[].name is longer than 4 characters',
  })
})

test('no value makes a schema throw anything but a SchemaError', async t => {
  fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), value => {
    for (const [, schema] of rows) throwsNothingElse(schema, value)
  }), { numRuns: 300 })
  t.pass('none did')
})

test('a refusal never holds the value that it refuses', async t => {
  const secret = 'S3cr3tV4lue'
  const refused = (value: unknown): unknown[] => [value, [value], { a: value }, { a: 1, [String(value)]: 1 }, { a: 1, b: value }]
  for (const [name, schema] of rows) {
    for (const value of refused(secret)) {
      t.notMatch(throwsNothingElse(schema, value) ?? '', secret, name)
    }
  }
})

test('an object is no array, no null and no text', async t => {
  t.strictSame([{}, [], null, 'a', undefined, 1].map(isPlainObject), [true, false, false, false, false, false])
})

/** The message of the schema's refusal, if it refuses; any other error is thrown on. */
function throwsNothingElse (schema: Schema<unknown>, value: unknown): string | undefined {
  try {
    schema(value, 'at')
    return undefined
  } catch (error) {
    if (error instanceof SchemaError) return error.message
    throw error
  }
}
