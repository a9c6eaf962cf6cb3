import { Duplex, PassThrough } from 'node:stream'

import { test } from 'tap'

import { FrameWriter } from '../src/frame-writer.ts'
import { maxFrameBytes } from '../src/limits.ts'
import { framesOf, turns } from './fixtures/peer.ts'

test('frames of one turn go out in one write, in order', async t => {
  const { stream, writes } = recorder()
  const writer = new FrameWriter(stream)
  for (const payload of ['a', 'b', 'c']) writer.send(payload)
  t.strictSame(writes, [], 'nothing yet')
  await turns()
  writer.send('d')
  await turns()
  t.strictSame(writes, [framesOf('a', 'b', 'c'), framesOf('d')])
})

test('a payload that is too large is not sent, and the ones around it are', async t => {
  const { stream, writes } = recorder()
  const writer = new FrameWriter(stream)
  writer.send('a')
  t.throws(() => { writer.send('x'.repeat(maxFrameBytes + 1)) }, { code: 'FRAME_TOO_LARGE' })
  writer.send('b')
  await turns()
  t.strictSame(writes, [framesOf('a', 'b')])
})

test('waiting bytes are counted before and after they are written', async t => {
  const { stream, release } = recorder({ held: true })
  const writer = new FrameWriter(stream)
  writer.send('abc')
  t.equal(writer.bufferedBytes, 7)
  await turns()
  t.equal(writer.bufferedBytes, 7)
  release()
  await turns()
  t.equal(writer.bufferedBytes, 0)
})

test('a small write tells when the other end has taken it, a failed one does not', async t => {
  let written = 0
  const held = recorder({ held: true })
  const writer = new FrameWriter(held.stream, () => { written++ })
  writer.send('a')
  await turns()
  t.equal(written, 0)
  held.release()
  await turns()
  t.equal(written, 1)

  writer.send('b')
  await turns()
  held.release(new Error('reset'))
  await turns()
  t.equal(written, 1)
})

test('what is waiting goes out before the end, and the end comes once', async t => {
  const stream = new PassThrough()
  const ends = t.capture(stream, 'end', stream.end.bind(stream))
  const writer = new FrameWriter(stream)
  writer.send('a')
  writer.end()
  writer.end()
  t.strictSame(Buffer.concat(await stream.toArray() as Buffer[]), framesOf('a'))
  t.equal(ends().length, 1)
})

test('a stream that is gone takes nothing and loses nothing but the frames', async t => {
  const { stream, writes } = recorder()
  const writer = new FrameWriter(stream)
  writer.send('a')
  stream.destroy()
  await turns()
  t.strictSame(writes, [])
  t.equal(writer.bufferedBytes, 0)
  t.doesNotThrow(() => { writer.end() })
})

/** A stream that records its writes; when held, each waits for a release. */
function recorder ({ held = false } = {}): { stream: Duplex, writes: Buffer[], release: (error?: Error) => void } {
  const writes: Buffer[] = []
  let release: (error?: Error) => void = () => undefined
  const stream = new Duplex({
    read: () => undefined,
    write (chunk: Buffer, _encoding, done) {
      writes.push(chunk)
      if (held) release = done
      else done()
    },
  })
  stream.on('error', () => undefined)
  return { stream, writes, release: error => { release(error) } }
}
