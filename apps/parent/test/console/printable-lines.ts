import fc from 'fast-check'
import { test } from 'tap'

import { maxLineLength, PrintableLines } from '../../src/console/printable-lines.ts'

function linesOf (...chunks: (string | Buffer)[]): string[] {
  const lines = new PrintableLines()
  return [...chunks.flatMap(chunk => lines.push(Buffer.from(chunk))), ...lines.end()]
}

const rows: [name: string, text: string, lines: string[]][] = [
  ['lines', 'one\ntwo\r\nthree', ['one', 'two', 'three']],
  ['empty lines', '\n\n \n\t\none\n\n', ['one']],
  ['colours and cursors', '\u001b[1;31merror\u001b[0m \u001b[2J\u001b[Hhere\n', ['error here']],
  ['a window title', '\u001b]0;owned\u0007text\n', ['text']],
  ['a bell, a backspace, a NUL and a DEL', 'a\u0007b\u0008c\u0000d\u007fe\n', ['abcde']],
  ['C1 controls', 'a\u009b31mb\u0085c\n', ['abc']],
  ['a tab', 'a\tb\n', ['a b']],
  ['separators and marks of direction', 'a\u2028b\u202ec\u2066d\n', ['abcd']],
  ['letters of every kind', 'Größe 大 😀\n', ['Größe 大 😀']],
]

test('a line holds what can be shown and nothing that acts on a terminal or a log', async t => {
  for (const [name, text, lines] of rows) t.same(linesOf(text), lines, name)
})

test('bytes that are no UTF-8 are shown as such', async t => {
  t.same(linesOf(Buffer.from([0x61, 0xff, 0x62, 0x0a])), ['a\ufffdb'])
})

test('a line that is too long is cut, and the next one is whole', async t => {
  t.same(linesOf(`${'x'.repeat(maxLineLength)}\n`), ['x'.repeat(maxLineLength)])
  t.same(linesOf(`${'x'.repeat(maxLineLength + 1)}\nnext\n`), [`${'x'.repeat(maxLineLength)}…`, 'next'])
})

test('a line without an end takes no more room than one that is shown', async t => {
  const lines = new PrintableLines()
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let count = 0; count < 1000; count++) t.same(lines.push(chunk).length, 0)
  t.same(lines.end(), [`${'x'.repeat(maxLineLength)}…`])
})

test('wherever bytes are cut, the lines are the same', async t => {
  const bytes = Buffer.from(rows.map(([, text]) => text).join('\n'))
  const whole = linesOf(bytes)
  for (let at = 0; at <= bytes.length; at++) t.same(linesOf(bytes.subarray(0, at), bytes.subarray(at)), whole)
})

test('no bytes make a line with a control or a length beyond the limit', async t => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 4 }), chunks => {
    return linesOf(...chunks.map(chunk => Buffer.from(chunk))).every(line => !/\p{Cc}/u.test(line) && line.length <= maxLineLength + 1)
  }), { numRuns: 200 })
  t.pass('none did')
})
