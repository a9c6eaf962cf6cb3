import { test } from 'tap'

import { Gate } from '../../src/limits/gate.ts'

const bounds = { most: 40, narrow: 2, crowd: 5, calmMs: 1000 }

interface GateUnderTest {
  gate: Gate
  clock: { nowMs: number }
  told: boolean[]
  /** How many of `wanted` are let in. */
  enter: (wanted: number) => number
  leave: (count: number) => void
  /** One leaves and one comes, `times` over; how many of those who come are let in. */
  pass: (times: number) => number
}

function setUp (): GateUnderTest {
  const clock = { nowMs: 5000 }
  const told: boolean[] = []
  const gate = new Gate(bounds, { now: () => clock.nowMs, onOverload: overloaded => { told.push(overloaded) } })
  const enter = (wanted: number): number => Array.from({ length: wanted }, () => gate.enter()).filter(Boolean).length
  const leave = (count: number): void => { for (let index = 0; index < count; index++) gate.leave() }
  const pass = (times: number): number => Array.from({ length: times }, () => {
    gate.leave()
    return gate.enter()
  }).filter(Boolean).length
  return { gate, clock, told, enter, leave, pass }
}

/** A crowd of seven that stayed. */
function overloaded (): GateUnderTest {
  const under = setUp()
  under.enter(7)
  under.pass(bounds.most)
  under.enter(1)
  return under
}

test('a burst finds room up to the most there is, and one more is refused', async t => {
  const { gate, enter } = setUp()
  t.equal(enter(41), 40)
  t.equal(gate.inside, 40)
})

test('a burst that is worked off is no overload, however long that takes and however often it comes', async t => {
  const { gate, clock, told, enter, leave, pass } = setUp()
  for (let burst = 0; burst < 5; burst++) {
    t.equal(enter(25), 25)
    t.equal(pass(10), 10)
    clock.nowMs += 60_000
    leave(25)
    t.equal(enter(5), 5)
    t.equal(pass(11), 11, 'the usual few')
    leave(5)
  }
  t.notOk(gate.overloaded)
  t.strictSame(told, [])
})

test('a crowd that is there still when as many have left as find room is overload: only a few are let in', async t => {
  const { gate, told, enter, leave, pass } = setUp()
  enter(7)
  t.equal(pass(bounds.most), bounds.most - 1, 'the last one finds that it stays')
  t.ok(gate.overloaded)
  t.equal(gate.inside, 6)
  leave(4)
  t.equal(enter(1), 0, 'two are inside')
  leave(1)
  t.equal(enter(5), 1)
  t.strictSame(told, [true])
})

test('a crowd that is gone for a moment is the same crowd', async t => {
  const { gate, enter, leave } = setUp()
  enter(7)
  for (let round = 0; round < 10 && !gate.overloaded; round++) {
    leave(7)
    enter(7)
  }
  t.ok(gate.overloaded)
})

test('as many as a connection pool has are no crowd, however long they stay', async t => {
  const { gate, enter, pass } = setUp()
  enter(bounds.crowd)
  t.equal(pass(1000), 1000)
  t.notOk(gate.overloaded)
})

test('a full house is overload at once', async t => {
  const { gate, enter, leave } = setUp()
  enter(41)
  leave(38)
  t.ok(gate.overloaded)
  t.equal(enter(1), 0)
})

test('overload lasts as long as somebody has to be refused', async t => {
  const { gate, clock, told, enter, leave } = overloaded()
  leave(gate.inside)
  for (let round = 0; round < 5; round++) {
    t.equal(enter(3), bounds.narrow)
    clock.nowMs += bounds.calmMs - 1
    leave(bounds.narrow)
  }
  t.strictSame(told, [true])
  clock.nowMs += 1
  t.equal(enter(40), 40, 'nobody was refused for a second')
  t.notOk(gate.overloaded)
  t.strictSame(told, [true, false])
})

test('who stands aside is no part of a crowd, and takes none of the few places of an overload, but finds no more room than there is', async t => {
  const { gate, enter, leave, pass } = setUp()
  enter(7)
  for (let index = 0; index < 7; index++) gate.stepAside()
  t.equal(pass(100), 100)
  t.notOk(gate.overloaded)
  t.equal(enter(40), 33)
  t.ok(gate.overloaded)
  leave(33)
  t.equal(enter(5), bounds.narrow)
  for (let index = 0; index < 7; index++) gate.stepBack()
  t.equal(enter(1), 0)
})

test('somebody inside may spread over more places, which others then do not find', async t => {
  const { gate, enter } = setUp()
  enter(1)
  gate.spread(39)
  t.equal(enter(1), 0)
  gate.leave(39)
  t.equal(gate.inside, 1)
})

test('overload that nobody comes to any more is over when somebody looks, a second after the last refusal', async t => {
  const { gate, clock, told } = overloaded()
  clock.nowMs += bounds.calmMs - 1
  gate.endIfCalm()
  t.ok(gate.overloaded)
  clock.nowMs += 1
  gate.endIfCalm()
  t.notOk(gate.overloaded)
  gate.endIfCalm()
  t.strictSame(told, [true, false])
})
