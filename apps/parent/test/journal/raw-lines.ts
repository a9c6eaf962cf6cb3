import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { test } from 'tap'
import type { Test } from 'tap'

import { rawLines } from '../../src/journal/raw-lines.ts'

interface Read { text: string, offset: number, length: number, whole: boolean }

function read (path: string, content: Buffer | string): Read[] {
  writeFileSync(path, content)
  const descriptor = openSync(path, 'r')
  try {
    return Array.from(rawLines(descriptor), ({ bytes, ...line }) => ({ text: bytes.toString('latin1'), ...line }))
  } finally {
    closeSync(descriptor)
  }
}

function pathOf (t: Test): string {
  return join(t.testdir(), 'file')
}

test('a file is read line by line, and a last one without a newline is not whole', async t => {
  const path = pathOf(t)
  t.same(read(path, ''), [])
  t.same(read(path, 'a\n\nbc'), [
    { text: 'a', offset: 0, length: 1, whole: true },
    { text: '', offset: 2, length: 0, whole: true },
    { text: 'bc', offset: 3, length: 2, whole: false },
  ])
})

test('any lines are read as they are, however they lie across what is read at once', async t => {
  const path = pathOf(t)
  fc.assert(fc.property(fc.array(fc.nat(70_000), { maxLength: 30 }), fc.boolean(), (lengths, ended) => {
    const lines = lengths.map((length, index) => String.fromCharCode(97 + index % 26).repeat(length))
    const content = lines.join('\n') + (ended ? '\n' : '')
    const found = read(path, content)
    const expected = content.split('\n').slice(0, content.endsWith('\n') || content === '' ? -1 : undefined)
    if (found.length !== expected.length) return false
    return found.every(({ text, offset, length }, index) => {
      const wanted = expected[index] ?? ''
      return length === wanted.length && content.startsWith(wanted, offset) && (length > 64 * 1024 || text === wanted)
    })
  }), { numRuns: 50 })
})

test('a line of gigabytes would be read in bounded memory, and has its true length', async t => {
  const found = read(pathOf(t), Buffer.concat([Buffer.alloc(5_000_000), Buffer.from('\nb\n')]))
  t.match(found, [{ offset: 0, length: 5_000_000, whole: true }, { text: 'b', offset: 5_000_001 }])
  t.ok((found[0]?.text.length ?? Infinity) < 400_000)
})
