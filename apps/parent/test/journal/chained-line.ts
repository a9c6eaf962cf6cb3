import { createHash } from 'node:crypto'

import { test } from 'tap'

import { decodeLine, encodeLine, genesis } from '../../src/journal/chained-line.ts'

const at = '2026-01-15T10:20:30.123Z'

test('a line has its number, the hash before it and its own hash over all its other bytes', async t => {
  const { text, head } = encodeLine({ entry: 6, hash: 'ab'.repeat(32) }, { at, kind: 'start' })
  const body = `{"entry":7,"previous":"${'ab'.repeat(32)}","at":"${at}","kind":"start"`
  const hash = createHash('sha256').update(body).digest('hex')
  t.equal(text, `${body},"hash":"${hash}"}\n`)
  t.same(head, { entry: 7, hash })
  t.same(decodeLine(Buffer.from(text.trimEnd())), { entry: 7, previous: 'ab'.repeat(32), at, kind: 'start', hash })
})

test('the first line follows on zeros', async t => {
  t.match(encodeLine(genesis, { at, kind: 'file' }).text, /^\{"entry":1,"previous":"0{64}",/)
})

test('text that is not ASCII, or looks like the end of a line, is covered like any other', async t => {
  const members = { at, kind: 'start', name: 'ümlaut\n","hash":"' }
  const { text } = encodeLine(genesis, members)
  t.equal(text.indexOf('\n'), text.length - 1)
  t.match(decodeLine(Buffer.from(text.trimEnd())), members)
})

test('no byte of a line can be changed, left out or added', async t => {
  const line = Buffer.from(encodeLine(genesis, { at, kind: 'start' }).text.trimEnd())
  t.not(decodeLine(line), undefined, 'the control')
  for (let index = 0; index < line.length; index++) {
    const changed = Buffer.from(line)
    changed.writeUInt8(line.readUInt8(index) ^ 0x20, index)
    if (decodeLine(changed) !== undefined) t.fail(`byte ${index} was changed`)
    if (decodeLine(Buffer.concat([line.subarray(0, index), line.subarray(index + 1)])) !== undefined) t.fail(`byte ${index} was left out`)
    if (decodeLine(Buffer.concat([line.subarray(0, index), Buffer.from(' '), line.subarray(index)])) !== undefined) t.fail(`a byte was added at ${index}`)
  }
})

test('what has a fitting hash and is no line is none', async t => {
  for (const body of ['', '{"entry":1', '[1', '{"entry":"1","previous":"","kind":"x"', '{"entry":1,"previous":1,"kind":"x"', 'not json']) {
    const hash = createHash('sha256').update(body).digest('hex')
    t.equal(decodeLine(Buffer.from(`${body},"hash":"${hash}"}`)), undefined, body)
  }
})
