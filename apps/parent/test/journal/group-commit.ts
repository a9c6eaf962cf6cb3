import { test } from 'tap'

import { GroupCommit } from '../../src/journal/group-commit.ts'

test('entries of one turn go together, those that come meanwhile go together next, in their order', async t => {
  const groups: number[][] = []
  let release = (): void => undefined
  const queue = new GroupCommit<number>(async entries => {
    groups.push([...entries])
    await new Promise<void>(resolve => { release = resolve })
  })
  const first = [queue.add(1), Promise.resolve().then(() => queue.add(2))]
  await new Promise(setImmediate)
  const second = [queue.add(3), queue.add(4)]
  release()
  await Promise.all(first)
  await new Promise(setImmediate)
  release()
  await Promise.all(second)
  t.same(groups, [[1, 2], [3, 4]])
})

test('a commit that fails fails its own entries and no others', async t => {
  const queue = new GroupCommit<number>(async entries => {
    if (entries.includes(1)) throw new Error('no')
  })
  const first = queue.add(1)
  await t.rejects(first, { message: 'no' })
  await t.resolves(queue.add(2))
  await queue.idle()
})

test('a group is bounded', async t => {
  const sizes: number[] = []
  const queue = new GroupCommit<number>(async entries => { sizes.push(entries.length) }, 4)
  await Promise.all(Array.from({ length: 10 }, (_, index) => queue.add(index)))
  t.same(sizes, [4, 4, 2])
})
