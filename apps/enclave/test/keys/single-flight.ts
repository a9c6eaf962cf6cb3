import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { SingleFlight } from '../../src/keys/single-flight.ts'

test('equal work at the same time is done once, and done again later', async t => {
  const flights = new SingleFlight<number>(10)
  let runs = 0
  const run = async (): Promise<number> => { await setImmediate(); return ++runs }
  t.same(await Promise.all([1, 2, 3].map(async () => await flights.do('k', 'w', run))), [1, 1, 1])
  t.equal(await flights.do('k', 'w', run), 2)
})

test('different work for one id is done in turn, even after a failure', async t => {
  const flights = new SingleFlight<string>(10)
  const order: string[] = []
  const run = (name: string) => async (): Promise<string> => {
    order.push(`${name} begins`)
    await setImmediate()
    order.push(`${name} ends`)
    if (name === 'a') throw new Error('a failed')
    return name
  }
  const [a, b] = await Promise.allSettled([flights.do('k', 'a', run('a')), flights.do('k', 'b', run('b'))])
  t.match(a, { status: 'rejected', reason: { message: 'a failed' } })
  t.match(b, { value: 'b' })
  t.same(order, ['a begins', 'a ends', 'b begins', 'b ends'])
})

test('work for different ids is done at once, up to the bound', async t => {
  const flights = new SingleFlight<void>(2)
  const running = [flights.do('a', 'w', setImmediate), flights.do('b', 'w', setImmediate)]
  await t.rejects(flights.do('c', 'w', setImmediate), { code: 'OVERLOADED', message: '2 keys are being unsealed already' })
  await Promise.all(running)
  await flights.do('c', 'w', setImmediate)
})
