import { utimesSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { readEnvironment } from '../../src/config/environment.ts'
import { findEif } from '../../src/doctor/known-eif.ts'
import { doctorSettings } from '../../src/doctor/settings.ts'

const find = async (env: Record<string, string>): ReturnType<typeof findEif> => await findEif(doctorSettings(readEnvironment(env).values))

test('the newest EIF that was built is the one, unfinished ones are none', async t => {
  const eif = { 'a.eif': 'aaa', 'b.eif': 'b', 'c.eif.partial': 'cccc' }
  const directory = t.testdir({ eif })
  utimesSync(join(directory, 'eif/a.eif'), 2000, 2000)
  utimesSync(join(directory, 'eif/b.eif'), 1000, 1000)
  t.same(await find({ DATA_DIR: directory }), { path: join(directory, 'eif/a.eif'), bytes: 3 })
})

test('a given EIF comes before built ones; without any there is none', async t => {
  const directory = t.testdir({ 'given.eif': '12345', eif: { 'a.eif': 'a' } })
  t.same(await find({ DATA_DIR: directory, ENCLAVE_EIF_PATH: join(directory, 'given.eif') }), { path: join(directory, 'given.eif'), bytes: 5 })
  t.equal(await find({ DATA_DIR: directory, ENCLAVE_EIF_PATH: join(directory, 'missing.eif') }), undefined)
  t.equal(await find({ DATA_DIR: join(directory, 'missing') }), undefined)
})
