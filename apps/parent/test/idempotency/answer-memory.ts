import { test } from 'tap'

import { AnswerMemory } from '../../src/idempotency/answer-memory.ts'
import type { RememberedAnswer } from '../../src/idempotency/answer-memory.ts'

const answer: RememberedAnswer = { status: 200, contentType: 'application/json', location: undefined, body: '{}' }
const request = { scope: 'a', fingerprint: 'f' }

test('a first request is let through, and its repeat gets its answer', async t => {
  const memory = new AnswerMemory({ windowMs: 1000 })
  t.equal(memory.begin(request), undefined)
  memory.settle(request, answer)
  t.equal(memory.begin(request), answer)
})

test('a repeat while the first is under way is refused, and let through once the first ended without an answer to remember', async t => {
  const memory = new AnswerMemory({ windowMs: 1000 })
  memory.begin(request)
  t.throws(() => memory.begin(request), { code: 'IDEMPOTENCY_KEY_IN_USE' })
  memory.settle(request, undefined)
  t.equal(memory.begin(request), undefined)
})

test('another body under the same key is refused, before and after the first is answered', async t => {
  const memory = new AnswerMemory({ windowMs: 1000 })
  memory.begin(request)
  t.throws(() => memory.begin({ scope: 'a', fingerprint: 'g' }), { code: 'IDEMPOTENCY_KEY_REUSED' })
  memory.settle(request, answer)
  t.throws(() => memory.begin({ scope: 'a', fingerprint: 'g' }), { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.equal(memory.begin({ scope: 'b', fingerprint: 'g' }), undefined, 'another scope is another matter')
})

test('after the window the key means a new request', async t => {
  let now = 1000
  const memory = new AnswerMemory({ windowMs: 500, now: () => now })
  memory.begin(request)
  memory.settle(request, answer)
  now = 1500
  t.equal(memory.begin(request), answer, 'to its last millisecond')
  now = 1501
  t.equal(memory.begin({ scope: 'a', fingerprint: 'g' }), undefined)
})

test('a repeat does not lengthen the window', async t => {
  let now = 1000
  const memory = new AnswerMemory({ windowMs: 500, now: () => now })
  memory.begin(request)
  memory.settle(request, answer)
  for (now of [1200, 1400, 1499]) t.equal(memory.begin(request), answer)
  now = 1501
  t.equal(memory.begin(request), undefined)
})

test('answers are bounded by their bytes: the oldest goes first, and that is told', async t => {
  let evicted = 0
  const memory = new AnswerMemory({ windowMs: 1000, maxBytes: 4096, onEvicted: () => { evicted++ } })
  const large = { ...answer, body: 'x'.repeat(1024) }
  for (const scope of ['a', 'b', 'c']) {
    memory.begin({ scope, fingerprint: 'f' })
    memory.settle({ scope, fingerprint: 'f' }, large)
    memory.begin({ scope: 'a', fingerprint: 'f' })
  }
  t.equal(evicted, 1)
  t.equal(memory.begin({ scope: 'b', fingerprint: 'f' }), large)
  t.equal(memory.begin({ scope: 'c', fingerprint: 'f' }), large)
})

test('an answer larger than the whole memory is not remembered', async t => {
  const memory = new AnswerMemory({ windowMs: 1000, maxBytes: 1000 })
  memory.begin(request)
  memory.settle(request, { ...answer, body: 'x'.repeat(1000) })
  t.equal(memory.begin(request), undefined)
})

test('an answer that goes after its time, to make room, is no loss', async t => {
  let now = 1000
  let evicted = 0
  const memory = new AnswerMemory({ windowMs: 500, maxBytes: 4096, now: () => now, onEvicted: () => { evicted++ } })
  const large = { ...answer, body: 'x'.repeat(1024) }
  for (let index = 0; index < 10; index++) {
    const scope = String(index)
    memory.begin({ scope, fingerprint: 'f' })
    memory.settle({ scope, fingerprint: 'f' }, large)
    now += 501
  }
  t.equal(evicted, 0)
})
