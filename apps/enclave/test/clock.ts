import fc from 'fast-check'
import { test } from 'tap'
import { correctedOffset, createClock } from '../src/clock.ts'

const time = 1_800_000_000_000

test('a clock is the kernel\'s until another one proves it wrong', async t => {
  const clock = createClock(() => time)
  t.same([clock.now(), clock.offsetMs], [time, 0])
  t.equal(clock.compare({ theirMs: time + 3_600_000, stepMs: 1000, askedMs: time - 50, answeredMs: time + 50 }), true)
  t.same([clock.now(), clock.kernelNow(), clock.offsetMs], [time + 3_600_500, time, 3_600_500])
  t.equal(clock.compare({ theirMs: time + 3_600_000, stepMs: 1000, askedMs: time, answeredMs: time }), false)
})

test('what whole seconds and the time on the way explain is no error', async t => {
  for (const [theirMs, stepMs, askedMs, answeredMs] of [
    [time, 1000, time, time], [time - 999, 1000, time, time], [time, 0, time, time],
    [time - 5000, 1000, time - 5000, time], [time + 1000, 1000, time - 10, time + 1000],
  ] as const) t.equal(correctedOffset(0, { theirMs, stepMs, askedMs, answeredMs }), 0)
})

test('whoever holds an answer back moves a right clock by nothing, and a wrong one by no more than half of that', async t => {
  const offsets = fc.integer({ min: -1e9, max: 1e9 })
  const delays = fc.integer({ min: 0, max: 5000 })
  fc.assert(fc.property(offsets, offsets, delays, delays, (trueOffset, offsetMs, way, back) => {
    const theirMs = Math.floor((time + way + trueOffset) / 1000) * 1000
    const reading = { theirMs, stepMs: 1000, askedMs: time, answeredMs: time + way + back }
    const corrected = correctedOffset(offsetMs, reading)
    const mostWrong = (way + back + 1000) / 2 + 1
    return correctedOffset(trueOffset, reading) === trueOffset && (corrected === offsetMs || Math.abs(corrected - trueOffset) <= mostWrong)
  }))
  t.pass()
})
