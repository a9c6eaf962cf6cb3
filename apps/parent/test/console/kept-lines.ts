import { test } from 'tap'

import type { ConsoleLine } from '../../src/console/console-line.ts'
import { KeptLines } from '../../src/console/kept-lines.ts'

function lineOf (line: string): ConsoleLine {
  return { enclave: 'e', source: 'console', at: '', line }
}

function filled (capacity: number, count: number): KeptLines {
  const lines = new KeptLines({ capacity, lastId: 40 })
  for (let number = 1; number <= count; number++) lines.add(lineOf(String(number)))
  return lines
}

test('lines are numbered one after the other and found by the number before them', async t => {
  const lines = filled(10, 3)
  t.match([lines.lastId, lines.lostId], [43, 40])
  t.same([0, 40, 41, 42, 43, 99].map(id => lines.after(id)?.id), [41, 41, 42, 43, undefined, undefined])
  t.same(lines.after(41), { id: 42, line: lineOf('2') })
})

test('the newest lines are kept, and who asks for one that has gone gets the oldest', async t => {
  const lines = filled(10, 100_000)
  t.match([lines.lastId, lines.lostId], [100_040, 100_030])
  t.match(lines.after(41), { id: 100_031, line: { line: '99991' } })
})

test('a listener hears of each line until it stops', async t => {
  const lines = filled(10, 0)
  const heard: (number | undefined)[] = []
  const stop = lines.listen(() => { heard.push(lines.after(lines.lastId - 1)?.id) })
  lines.add(lineOf('a'))
  lines.add(lineOf('b'))
  stop()
  lines.add(lineOf('c'))
  t.same(heard, [41, 42])
})
