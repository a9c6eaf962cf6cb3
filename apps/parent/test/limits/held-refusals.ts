import { test } from 'tap'

import { HeldRefusals } from '../../src/limits/held-refusals.ts'

test('a refusal is answered, but not at once', async t => {
  const refusals = new HeldRefusals(10)
  let answered = false
  await new Promise<void>(resolve => {
    refusals.hold(() => {
      answered = true
      resolve()
    })
    t.notOk(answered)
  })
  t.ok(answered)
})

test('no more are held than may be; the next is answered at once', async t => {
  const refusals = new HeldRefusals(2)
  const answered: number[] = []
  const all = [0, 1, 2].map(async index => {
    await new Promise<void>(resolve => {
      refusals.hold(() => {
        answered.push(index)
        resolve()
      })
    })
  })
  t.strictSame(answered, [2])
  await Promise.all(all)
  t.equal(answered.length, 3)
  await new Promise<void>(resolve => {
    refusals.hold(() => {
      answered.push(3)
      resolve()
    })
    t.equal(answered.length, 3, 'there is room again')
  })
})
