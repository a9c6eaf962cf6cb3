import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { test } from 'tap'

import { createEifCache } from '../../src/image/eif-cache.ts'

test('an EIF is built once and found again', async t => {
  const directory = join(t.testdir(), 'eif')
  let builds = 0
  const build = async (path: string): Promise<void> => {
    builds++
    t.match(path, /\.partial$/)
    await writeFile(path, 'eif')
  }
  const path = await createEifCache(directory).obtain('d', build)
  t.equal(await createEifCache(directory).obtain('d', build), path)
  t.equal(builds, 1)
  t.equal(readFileSync(path, 'utf8'), 'eif')
  t.same(readdirSync(directory), ['d.eif'])
})

test('an EIF whose building failed half-way is never used', async t => {
  const directory = join(t.testdir(), 'eif')
  const cache = createEifCache(directory)
  await t.rejects(cache.obtain('d', async path => {
    await writeFile(path, 'half')
    throw new Error('killed')
  }), { message: 'killed' })
  t.equal(existsSync(join(directory, 'd.eif')), false)
  const path = await cache.obtain('d', async partial => {
    t.equal(existsSync(partial), false, 'the half-written one is gone')
    await writeFile(partial, 'whole')
  })
  t.equal(readFileSync(path, 'utf8'), 'whole')
})

test('a half-written EIF that a killed parent left is never used', async t => {
  const directory = t.testdir({ 'd.eif.partial': 'half' })
  const path = await createEifCache(directory).obtain('d', async partial => { writeFileSync(partial, 'whole') })
  t.equal(readFileSync(path, 'utf8'), 'whole')
})

test('a discarded EIF is built again', async t => {
  const cache = createEifCache(t.testdir({ 'd.eif': 'damaged' }))
  await cache.discard('d')
  t.equal(readFileSync(await cache.obtain('d', async path => { writeFileSync(path, 'new') }), 'utf8'), 'new')
})
