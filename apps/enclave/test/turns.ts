import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { Turns } from '../src/turns.ts'

test('no more tasks run at a time than may, in the order they came', async t => {
  const turns = new Turns({ parallel: 2, maxWaiting: 10 })
  const begun: number[] = []
  let running = 0
  let most = 0
  await Promise.all([0, 1, 2, 3, 4].map(async index => {
    await turns.run(async () => {
      begun.push(index)
      most = Math.max(most, ++running)
      await setImmediate()
      running--
    })
  }))
  t.same(begun, [0, 1, 2, 3, 4])
  t.equal(most, 2)
})

test('a task that fails passes its turn on', async t => {
  const turns = new Turns({ parallel: 1, maxWaiting: 10 })
  const failing = turns.run(async () => { throw new Error('no') })
  const next = turns.run(async () => 'yes')
  await t.rejects(failing, { message: 'no' })
  t.equal(await next, 'yes')
})

test('a task whose time is over when its turn comes is not begun, and passes its turn on', async t => {
  const turns = new Turns({ parallel: 1, maxWaiting: 10 })
  const first = turns.run(async () => { while (performance.now() < expiresMs) await setImmediate() })
  const expiresMs = performance.now() + 5
  let begun = false
  const late = turns.run(async () => { begun = true }, expiresMs)
  const next = turns.run(async () => 'yes', performance.now() + 60_000)
  await t.rejects(late, { name: 'EnclaveError', code: 'DEADLINE_EXCEEDED', message: 'the time was over before its turn came' })
  t.equal(await next, 'yes')
  t.notOk(begun)
  await first
})

test('as many wait as may, and the next is refused as overload', async t => {
  const turns = new Turns({ parallel: 1, maxWaiting: 1 })
  const tasks = [turns.run(setImmediate), turns.run(setImmediate)]
  await t.rejects(turns.run(setImmediate), { code: 'OVERLOADED', message: '1 requests wait already' })
  await Promise.all(tasks)
  await turns.run(setImmediate)
})
