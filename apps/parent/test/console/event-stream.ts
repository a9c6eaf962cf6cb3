import { test } from 'tap'

import { commentOf, eventOf, lastEventIdOf } from '../../src/console/event-stream.ts'

test('an event has its number and one line of JSON, whatever the line holds', async t => {
  const text = eventOf({ id: 7, line: { enclave: 'e', source: 'console', at: '2026-01-02T03:04:05.678Z', line: 'a\n\ndata: b\r' } })
  t.equal(text, 'id: 7\ndata: {"enclave":"e","source":"console","at":"2026-01-02T03:04:05.678Z","line":"a\\n\\ndata: b\\r"}\n\n')
})

test('a comment is a comment', async t => {
  t.equal(commentOf('x'), ': x\n\n')
})

test('a number that was had last is read, and anything else is none', async t => {
  t.same(['0', '7', '179000000000000'].map(lastEventIdOf), [0, 7, 179000000000000])
  t.same([undefined, '', '-1', '1.5', '1e9', ' 7', '7;8', '9'.repeat(16), '٧', ['7', '8']].map(lastEventIdOf), Array(10).fill(0))
})
