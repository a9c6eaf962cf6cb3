import fc from 'fast-check'
import { test } from 'tap'

import { requestContext } from '../src/context.ts'
import { SchemaError } from '../src/schema.ts'
import { contextSamples } from './fixtures/samples.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

test('whatever may be left out of a context may be left out', async t => {
  for (const context of contextSamples) t.doesNotThrow(() => { requestContext(context, 'context') }, JSON.stringify(context))
})

const refused: [name: string, context: unknown, place: RegExp][] = [
  ['no object', 'now', /^context is not an object$/],
  ['an array', [], /^context is not an object$/],
  ['a member that is not known', { deadline: 1 }, /^context has a member that is not known$/],
  ['members in __proto__', JSON.parse('{"__proto__":{"timeoutMs":1}}'), /^context has a member that is not known$/],
  ['no time at all', { timeoutMs: 0 }, /^context\.timeoutMs is not a whole number from 1 to 60000$/],
  ['a time past', { timeoutMs: -1 }, /^context\.timeoutMs /],
  ['more than a minute', { timeoutMs: 60_001 }, /^context\.timeoutMs /],
  ['a fraction', { timeoutMs: 1.5 }, /^context\.timeoutMs /],
  ['a time in text', { timeoutMs: '1' }, /^context\.timeoutMs /],
  ['a trace id of zeros', { traceId: '0'.repeat(32) }, /^context\.traceId does not match /],
  ['a trace id in capitals', { traceId: traceId.toUpperCase() }, /^context\.traceId does not match /],
  ['a short trace id', { traceId: traceId.slice(1) }, /^context\.traceId does not match /],
  ['a long trace id', { traceId: `${traceId}0` }, /^context\.traceId is longer than 32 characters$/],
  ['a trace id with a line break', { traceId: `${traceId.slice(1)}\n` }, /^context\.traceId does not match /],
]

test('a context of another shape is refused by its place', async t => {
  for (const [name, context, message] of refused) t.throws(() => { requestContext(context, 'context') }, { name: 'SchemaError', message }, name)
})

test('no JSON makes the check of a context throw anything but a SchemaError, or lets anything pass but time and trace', async t => {
  const almost = fc.record({ timeoutMs: fc.oneof(fc.integer(), fc.jsonValue()), traceId: fc.oneof(fc.stringMatching(/^[0-9a-f]{32}$/), fc.jsonValue()) }, { requiredKeys: [] })
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), almost), context => {
    try {
      requestContext(context, 'context')
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      return
    }
    const { timeoutMs = 1, traceId = 'a'.repeat(32), ...others } = context as Record<string, unknown>
    if (!Number.isSafeInteger(timeoutMs) || !/^[0-9a-f]{32}$/.test(traceId as string) || Object.keys(others).length > 0) throw new Error('passed')
  }), { numRuns: 2000 })
  t.pass('none did')
})
