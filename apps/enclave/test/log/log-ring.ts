import type { LogLine } from '@enclave-signer/protocol'
import { test } from 'tap'
import { LogRing } from '../../src/log/log-ring.ts'

/** A ring of `capacity` after `count` lines, each with its number. */
function ringOf (capacity: number, count: number): LogRing {
  const ring = new LogRing(capacity)
  for (let number = 1; number <= count; number++) ring.add(lineOf(number))
  return ring
}

function lineOf (number: number): LogLine {
  return { at: 0, level: 'info', event: 'connection.opened', count: number }
}

function range (first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** What is read after a number of lines: the numbers of the lines, `next` and `dropped`. */
const rows: [capacity: number, count: number, after: number, lines: number[], next: number, dropped: number][] = [
  [1000, 0, 0, [], 0, 0],
  [1000, 3, 0, [1, 2, 3], 3, 0],
  [1000, 3, 2, [3], 3, 0],
  [1000, 3, 3, [], 3, 0],
  [1000, 201, 0, range(1, 200), 200, 0],
  [1000, 201, 200, [201], 201, 0],
  [3, 5, 0, [3, 4, 5], 5, 2],
  [3, 5, 1, [3, 4, 5], 5, 1],
  [3, 5, 2, [3, 4, 5], 5, 0],
  [3, 5, 4, [5], 5, 0],
]

test('lines are read on from where the last answer ended, and what had to make room is counted', async t => {
  for (const [capacity, count, after, lines, next, dropped] of rows) {
    t.same(ringOf(capacity, count).read(after), { lines: lines.map(lineOf), next, dropped }, `${capacity} ${count} ${after}`)
  }
})

test('a number ahead of the log belongs to another life and is refused', async t => {
  t.throws(() => ringOf(3, 5).read(6), { code: 'INVALID_PARAMS', message: 'the log ends at 5, before 6' })
  t.throws(() => ringOf(3, 0).read(Number.MAX_SAFE_INTEGER), { code: 'INVALID_PARAMS' })
})

test('whatever comes, no more lines are held than there is room for', async t => {
  const ring = ringOf(10, 10_000)
  t.match(ring.read(0), { dropped: 9990, next: 10_000 })
  t.equal(ring.read(0).lines.length, 10)
})
