import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { test } from 'tap'

import { ProtocolError } from '../src/errors.ts'
import { encodeFrame, FrameDecoder } from '../src/frame.ts'
import { maxFrameBytes } from '../src/limits.ts'
import { turns } from './fixtures/peer.ts'
import { frozenAndMade, readVectors } from './fixtures/vectors.ts'

const threePayloads = ['{}', 'é€😀', 'x'.repeat(300)]
const threeFrames = Buffer.concat(threePayloads.map(encodeFrame))

test('a payload of every boundary length keeps its length and its bytes', async t => {
  for (const length of [1, 2, 255, 256, 65535, 65536, maxFrameBytes - 1, maxFrameBytes]) {
    const payload = 'a'.repeat(length)
    const frame = encodeFrame(payload)
    t.equal(frame.length, 4 + length)
    t.equal(frame.readUInt32BE(0), length)
    t.strictSame(decode(frame), { payloads: [payload], code: undefined }, `${length} bytes`)
  }
})

test('a payload is measured in bytes, not in characters', async t => {
  const half = maxFrameBytes / 2
  t.equal(encodeFrame('é'.repeat(half)).length, 4 + maxFrameBytes)
  t.throws(() => encodeFrame('é'.repeat(half) + 'a'), {
    name: 'ProtocolError', code: 'FRAME_TOO_LARGE', message: 'a frame of 262145 bytes; at most 262144 are taken',
  })
})

test('a frame without a payload is not made', async t => {
  t.throws(() => encodeFrame(''), { code: 'FRAME_EMPTY', message: 'a frame without a payload' })
})

test('frozen streams that are no frames are refused after what came before them', async t => {
  for (const { name, stream, payloads, code } of readVectors('refused-streams.json')) {
    const bytes = Buffer.from(stream, 'hex')
    t.strictSame(decode(bytes), { payloads, code }, name)
    t.strictSame(decode(...bytewise(bytes)), { payloads, code }, `${name}, byte by byte`)
  }
})

test('an announcement of 4 GiB is refused with its size before anything is allocated', async t => {
  const allocations = t.capture(Buffer, 'allocUnsafe', (size: number) => Buffer.alloc(size))
  const decoder = new FrameDecoder()
  decoder.push(Buffer.from('ffffffff', 'hex'))
  t.throws(() => decoder.next(), { code: 'FRAME_TOO_LARGE', message: 'a frame of 4294967295 bytes; at most 262144 are taken' })
  t.strictSame(allocations(), [])
})

test('a stream is not read on after a refusal', async t => {
  const decoder = new FrameDecoder()
  decoder.push(Buffer.from('00000000', 'hex'))
  t.throws(() => decoder.next(), { code: 'FRAME_EMPTY' })
  decoder.push(encodeFrame('{}'))
  t.throws(() => decoder.next(), { code: 'FRAME_EMPTY' })
})

test('every way of cutting three frames in two gives the same payloads', async t => {
  for (let cut = 0; cut <= threeFrames.length; cut++) {
    const { payloads, code } = decode(threeFrames.subarray(0, cut), threeFrames.subarray(cut))
    if (code !== undefined || payloads.join() !== threePayloads.join()) t.fail(`cut at ${cut}`)
  }
  t.strictSame(decode(...bytewise(threeFrames)), { payloads: threePayloads, code: undefined }, 'byte by byte')
})

test('a stream that ends anywhere inside a frame is truncated, between two frames it is not', async t => {
  const ends = new Set([0])
  for (const payload of threePayloads) ends.add(Math.max(...ends) + 4 + Buffer.byteLength(payload))
  for (let length = 0; length <= threeFrames.length; length++) {
    const { code } = decode(threeFrames.subarray(0, length))
    if (code !== (ends.has(length) ? undefined : 'FRAME_TRUNCATED')) t.fail(`${length} bytes: ${code ?? 'no error'}`)
  }
  t.equal(ends.size, 4)
})

test('payloads can be taken one by one while further bytes come', async t => {
  const decoder = new FrameDecoder()
  t.equal(decoder.incomplete, false)
  decoder.push(threeFrames)
  t.equal(decoder.next()?.toString(), threePayloads[0])
  t.equal(decoder.incomplete, true)
  decoder.push(encodeFrame('fourth'))
  t.strictSame([decoder.next(), decoder.next(), decoder.next()].map(String), [threePayloads[1], threePayloads[2], 'fourth'])
  t.equal(decoder.next(), undefined)
  t.equal(decoder.incomplete, false)
})

test('a decoder between two frames keeps nothing of the bytes it was given', async t => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const decoder = new FrameDecoder()
  const pushed = pushUnkept(decoder)
  await turns()
  collect()
  t.equal(pushed.deref(), undefined)
  t.equal(decoder.incomplete, false)
})

test('the frozen frames decode, and encode to the same bytes', async t => {
  for (const { name, payload, frame } of readVectors('frames.json')) {
    t.strictSame(decode(Buffer.from(frame, 'hex')), { payloads: [payload], code: undefined }, name)
    t.equal(encodeFrame(payload).toString('hex'), frame, name)
  }
  const { frozen, made } = frozenAndMade('frames.json')
  t.equal(made, frozen)
  const refused = frozenAndMade('refused-streams.json')
  t.equal(refused.made, refused.frozen)
})

test('any payloads in any pieces come out the same', async t => {
  const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })
  fc.assert(fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme', maxLength: 60 }), { maxLength: 8 }), pieces, (payloads, sizes) => {
    const decoded = decode(...cut(Buffer.concat(payloads.map(encodeFrame)), sizes))
    t.strictSame(decoded, { payloads, code: undefined })
  }), { numRuns: 200 })
  t.pass('no pieces made a difference')
})

test('any bytes give payloads or a ProtocolError, and never an allocation larger than one announced payload', async t => {
  const small = fc.tuple(fc.nat(0xff), fc.uint8Array({ maxLength: 64 })).map(([length, rest]) => Buffer.from([0, 0, 0, length, ...rest]))
  const stream = fc.array(fc.oneof(small, fc.uint8Array({ maxLength: 16 })), { maxLength: 6 }).map(parts => Buffer.concat(parts))
  const allocate = Buffer.alloc.bind(Buffer)
  const allocations = t.capture(Buffer, 'allocUnsafe', (size: number) => allocate(size))
  fc.assert(fc.property(stream, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (bytes, sizes) => {
    allocations()
    const whole = decode(bytes)
    const inPieces = decode(...cut(bytes, sizes))
    return JSON.stringify(whole) === JSON.stringify(inPieces) &&
      allocations().every(({ args: [size] }) => size > 0 && size <= maxFrameBytes)
  }), { numRuns: 500 })
  t.pass('no bytes did otherwise')
})

/** What a decoder makes of a stream that comes in these chunks and ends; the code is that of its refusal. Any other error is thrown on. */
function decode (...chunks: Buffer[]): { payloads: string[], code: string | undefined } {
  const payloads: string[] = []
  const decoder = new FrameDecoder()
  try {
    for (const chunk of chunks) {
      decoder.push(chunk)
      let payload
      while ((payload = decoder.next()) !== undefined) payloads.push(payload.toString('utf8'))
    }
    decoder.end()
  } catch (error) {
    if (error instanceof ProtocolError) return { payloads, code: error.code }
    throw error
  }
  return { payloads, code: undefined }
}

function bytewise (bytes: Buffer): Buffer[] {
  return cut(bytes, [1])
}

/** Cuts bytes into pieces of these sizes, over and over. */
function cut (bytes: Buffer, sizes: number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let offset = 0, index = 0; offset < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    pieces.push(bytes.subarray(offset, offset + size))
    offset += size
  }
  return pieces
}

function pushUnkept (decoder: FrameDecoder): WeakRef<ArrayBufferLike> {
  const chunk = Buffer.from(new Uint8Array([0, 0, 0, 1, 48]).buffer)
  decoder.push(chunk)
  decoder.next()
  decoder.next()
  return new WeakRef(chunk.buffer)
}
