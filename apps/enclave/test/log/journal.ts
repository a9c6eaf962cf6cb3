import type { LogLine } from '@enclave-signer/protocol'
import { test } from 'tap'
import type { LogEntry } from '../../src/log.ts'
import { createJournal } from '../../src/log/journal.ts'
import type { Journal } from '../../src/log/journal.ts'

const listening = { level: 'info', event: 'enclave.listening' } as const

function arrange (lines = 1000): { journal: Journal, written: LogLine[], clock: { ms: number } } {
  const clock = { ms: 0 }
  const written: LogLine[] = []
  const journal = createJournal({
    now: () => 7.5 + clock.ms, write: line => { written.push(line) }, budget: { lines, spanMs: 1000, clock: () => clock.ms },
  })
  return { journal, written, clock }
}

test('what is said is kept with the time of the enclave\'s clock, and written as it is kept', async t => {
  const { journal, written, clock } = arrange()
  journal.log(listening)
  clock.ms = 3
  journal.log({ level: 'info', event: 'key.loaded', keyId: 'k', keySpec: 'RSA_2048' })
  const lines = [{ at: 8, ...listening }, { at: 11, level: 'info', event: 'key.loaded', keyId: 'k', keySpec: 'RSA_2048' }]
  t.same(journal.read(0), { lines, next: 2, dropped: 0 })
  t.same(written, lines)
})

test('what is not of the schema is not kept, and that is told', async t => {
  const { journal, written } = arrange()
  const wrong = [
    { ...listening, message: 'hush' }, { level: 'info', event: 'key.loaded', keyId: 'hush hush', keySpec: 'RSA_2048' },
    { level: 'info', event: 'hush' }, { ...listening, level: 'hush' },
  ]
  for (const entry of wrong) journal.log(entry as LogEntry)
  t.same(journal.read(0).lines, wrong.map(() => ({ at: 8, level: 'error', event: 'log.refused' })))
  t.notMatch(JSON.stringify(written), 'hush')
})

test('an event without end takes its own room only, and what was left out is counted', async t => {
  const { journal, clock } = arrange(100)
  journal.log(listening)
  for (let count = 1; count <= 50_000; count++) journal.log({ level: 'info', event: 'connection.opened', count })
  journal.log({ level: 'info', event: 'key.erased', keyId: 'k' })
  const { lines, next, dropped } = journal.read(0)
  t.same([lines.length, next, dropped], [102, 102, 0])
  t.match([lines[0], lines.at(-1)], [{ event: 'enclave.listening' }, { event: 'key.erased' }])
  clock.ms = 1000
  t.match(journal.read(next), { lines: [{ at: 1008, level: 'warn', event: 'log.suppressed', suppressed: 'connection.opened', count: 49_900 }] })
})

test('a parent that asks without end causes no line', async t => {
  const { journal, clock } = arrange(1)
  journal.log(listening)
  journal.log(listening)
  for (; clock.ms < 10_000; clock.ms++) journal.read(0)
  t.equal(journal.read(0).next, 2)
})
