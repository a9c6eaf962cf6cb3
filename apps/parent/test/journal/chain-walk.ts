import { readFileSync, writeFileSync } from 'node:fs'

import { test } from 'tap'

import { encodeLine } from '../../src/journal/chained-line.ts'
import { header, note, twoFiles, walkOf } from '../fixtures/journal.ts'

test('a chain over two files with a torn line that was closed off has no fault', async t => {
  const paths = await twoFiles(t)
  const { walk, faults } = walkOf(...paths)
  t.same(faults, [])
  // file a b recovery c d, file e f g
  t.match(walk, { first: 1, lines: 10, recoveries: 1, head: { entry: 10 }, torn: undefined })
})

test('any byte that is changed, left out or added is found', async t => {
  const paths = await twoFiles(t)
  for (const path of paths) {
    const original = readFileSync(path)
    const faulty = (content: Buffer): boolean => {
      writeFileSync(path, content)
      return walkOf(...paths).walk.faults > 0
    }
    t.notOk(faulty(original), 'the control')
    for (let index = 0; index < original.length; index++) {
      const [before, byte, after] = [original.subarray(0, index), original.readUInt8(index), original.subarray(index + 1)]
      for (const replacement of [[byte ^ 1], [byte ^ 0x80], [0x0a], [], [byte, byte], [0x0a, byte]]) {
        if (replacement.length === 1 && replacement[0] === byte) continue
        if (!faulty(Buffer.concat([before, Buffer.from(replacement), after]))) t.fail(`${path}: byte ${index} became ${replacement.join(' ')}`)
      }
    }
    if (!faulty(Buffer.concat([original, Buffer.from('\n')]))) t.fail('an empty line was added')
    writeFileSync(path, original)
  }
})

test('any line that is taken out, doubled or moved is found, unless it is the last that is taken', async t => {
  const paths = await twoFiles(t)
  for (const path of paths) {
    const original = readFileSync(path, 'utf8')
    const lines = original.split(/(?<=\n)/)
    const faults = (changed: readonly string[]): number => {
      writeFileSync(path, changed.join(''))
      return walkOf(...paths).walk.faults
    }
    for (const [index, line] of lines.entries()) {
      const without = lines.toSpliced(index, 1)
      const isLast = path === paths[1] && index === lines.length - 1
      t.equal(faults(without) > 0, !isLast, `${index} taken out`)
      t.ok(faults(lines.toSpliced(index, 0, line)) > 0, `${index} doubled`)
      for (let to = 0; to < without.length; to++) {
        if (to !== index) t.ok(faults(without.toSpliced(to, 0, line)) > 0, `${index} moved to ${to}`)
      }
    }
    writeFileSync(path, original)
  }
})

const faults: [string, (lines: string[]) => string[], object[]][] = [
  ['a changed line', lines => lines.with(1, (lines[1] ?? '').replace('"e"', '"x"')), [{ kind: 'changed', line: 2, detail: 'the line does not fit its hash' }]],
  ['two changed lines', lines => lines.map((line, index) => index === 1 || index === 2 ? line.replace('note', 'nope') : line), [{ kind: 'changed', line: 2, detail: '2 lines do not fit their hashes' }]],
  ['a line that is gone', lines => lines.toSpliced(1, 1), [{ kind: 'missing', line: 2, detail: 'entry 8 is missing before entry 9' }]],
  ['lines that are gone', lines => lines.toSpliced(1, 2), [{ kind: 'missing', line: 2, detail: 'entries 8 to 9 are missing before entry 10' }]],
  ['a line that comes again', lines => lines.toSpliced(2, 0, lines[1] ?? ''), [{ kind: 'repeated', line: 3, detail: 'entry 8 comes again or out of its order, after entry 8' }]],
  ['two lines in each other\'s places', ([a = '', b = '', c = '', ...more]) => [a, c, b, ...more], [{ kind: 'missing', line: 2 }, { kind: 'repeated', line: 3 }]],
  ['a line that was never written', lines => lines.toSpliced(1, 0, 'hello\n'), [{ kind: 'changed', line: 2 }]],
  ['a last line that is cut', lines => lines.with(-1, (lines.at(-1) ?? '').slice(0, 40)), [{ kind: 'torn', line: 4, detail: 'the last line is not whole: 40 bytes' }]],
  ['a last newline that is gone', lines => lines.with(-1, (lines.at(-1) ?? '').slice(0, -1)), [{ kind: 'torn', line: 4, detail: 'the last line has no newline' }]],
  ['a last line that is longer', lines => lines.with(-1, (lines.at(-1) ?? '').replace('\n', 'x')), [{ kind: 'changed', line: 4 }]],
  ['a last line that is changed and cut, but for its hash', lines => lines.with(-1, (lines.at(-1) ?? '').replace('"g"', '"x"').slice(0, -1)), [{ kind: 'changed', line: 4 }]],
  ['a header that is gone', lines => lines.slice(1), [{ kind: 'headless', line: 1 }, { kind: 'missing', line: 1 }]],
  ['a file that is empty', () => [], [{ kind: 'headless', line: 1, detail: 'the file is empty' }]],
]

for (const [what, change, expected] of faults) {
  test(`${what} is told once, as what it is, with its file and line`, async t => {
    const paths = await twoFiles(t)
    writeFileSync(paths[1], change(readFileSync(paths[1], 'utf8').split(/(?<=\n)/)).join(''))
    const found = walkOf(...paths).faults
    t.equal(found.length, expected.length)
    t.match(found, expected.map(fault => ({ file: '2', ...fault })))
  })
}

test('a line that somebody wrote anew with a fitting hash does not fit the next one', async t => {
  const paths = await twoFiles(t)
  const lines = readFileSync(paths[1], 'utf8').split(/(?<=\n)/)
  const { previous } = JSON.parse(lines[1] ?? '') as { previous: string }
  const forged = encodeLine({ entry: 7, hash: previous }, note('forged')).text
  writeFileSync(paths[1], lines.with(1, forged).join(''))
  t.match(walkOf(...paths).faults, [{ kind: 'replaced', file: '2', line: 3, detail: 'entry 9 does not follow from the entry 8 that is here' }])
})

test('a recovery record excuses the very bytes that it names and nothing else', async t => {
  const paths = await twoFiles(t)
  const original = readFileSync(paths[0], 'utf8')
  for (const changed of [original.replace('"entry":4,"prev\n', '"entry":4,"prew\n'), original.replace('{"entry":4,"prev\n', ''), original.replace('{"entry":4,"prev\n', '\n')]) {
    t.not(changed, original)
    writeFileSync(paths[0], changed)
    t.match(walkOf(...paths).faults[0], { kind: 'unfounded', file: '1' })
  }
})

test('a log whose earlier files are elsewhere is read from where it begins', async t => {
  const [, second] = await twoFiles(t)
  t.match(walkOf(second), { faults: [], walk: { first: 7, lines: 4, head: { entry: 10 } } })
})

test('a first line that follows on something is not the first line', async t => {
  const [path] = await twoFiles(t)
  writeFileSync(path, encodeLine({ entry: 0, hash: 'ab'.repeat(32) }, header).text)
  t.match(walkOf(path).faults, [{ kind: 'replaced', line: 1 }])
})
