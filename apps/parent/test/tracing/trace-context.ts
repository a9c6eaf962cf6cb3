import { test } from 'tap'

import { parseTraceparent } from '../../src/tracing/trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

test('a traceparent is read', t => {
  t.same(parseTraceparent(`00-${traceId}-${parentId}-01`), { traceId, parentId, sampled: true })
  t.same(parseTraceparent(`00-${traceId}-${parentId}-02`), { traceId, parentId, sampled: false })
  t.same(parseTraceparent(`cc-${traceId}-${parentId}-03-what-comes`), { traceId, parentId, sampled: true }, 'of a later version, with more after it')
  t.end()
})

const ignored: Record<string, string | string[] | undefined> = {
  'none at all': undefined,
  'two of them': [`00-${traceId}-${parentId}-01`, `00-${traceId}-${parentId}-01`],
  'an empty one': '',
  'version ff': `ff-${traceId}-${parentId}-01`,
  'a trace id of zeros': `00-${'0'.repeat(32)}-${parentId}-01`,
  'a parent id of zeros': `00-${traceId}-${'0'.repeat(16)}-01`,
  'capital letters': `00-${traceId.toUpperCase()}-${parentId}-01`,
  'a trace id that is too short': `00-${traceId.slice(1)}-${parentId}-01`,
  'more after version 00': `00-${traceId}-${parentId}-01-more`,
  'a line end after it': `00-${traceId}-${parentId}-01\n`,
}

for (const [what, header] of Object.entries(ignored)) {
  test(`${what} is no trace`, t => {
    t.equal(parseTraceparent(header), undefined)
    t.end()
  })
}
