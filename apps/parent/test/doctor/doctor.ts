import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { examine } from '../../src/doctor/doctor.ts'
import { checkNames } from '../../src/doctor/finding.ts'
import { doctorPaths } from '../../src/doctor/paths.ts'
import { healthyHost, secrets } from './fixtures/healthy-host.ts'

test('on a host that is set up right nothing has failed, and the doctor leaves no trace', async t => {
  const { root, env } = await healthyHost(t)
  const before = readdirSync(root, { recursive: true }).sort()
  const results = await examine({ env, paths: doctorPaths(root), timeoutMs: 60_000 })
  t.same(results.map(({ check }) => check), checkNames)
  // A hugetlbfs cannot be put into a fixture.
  t.same(results.filter(({ status }) => status !== 'ok').map(({ check }) => check), ['hugepages-volume'])
  // The replayed programs write down how they were called.
  t.same(readdirSync(root, { recursive: true }).sort().filter(path => !String(path).endsWith('called.json')), before)
})

test('no part of the credentials is in what the doctor says', async t => {
  const { root, env } = await healthyHost(t)
  const said = JSON.stringify(await examine({ env: { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'hush-authorization' }, paths: doctorPaths(root), timeoutMs: 60_000 }))
  for (const secret of [...Object.values(secrets), 'hush']) t.notOk(said.includes(secret))
})

test('one fault is one failure: the checks do not need each other', async t => {
  const { root, env } = await healthyHost(t)
  writeFileSync(join(root, 'sys/module/nitro_enclaves/parameters/ne_cpus'), '\n')
  const results = await examine({ env: { ...env, LOG_LEVEL: 'loud' }, paths: doctorPaths(root), timeoutMs: 60_000 })
  t.same(results.filter(({ status }) => status === 'failed').map(({ check }) => check), ['configuration', 'enclave-cpus'])
  t.match(results[0], { facts: { faults: [/^LOG_LEVEL must be one of/] } })
})

test('every check ends, also where nothing is there', async t => {
  const env = { PATH: '/nowhere', DATA_DIR: '/nowhere', PORT: '0', AWS_EC2_METADATA_DISABLED: 'true', AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1' }
  const results = await examine({ env, paths: doctorPaths('/nowhere') })
  t.equal(results.length, checkNames.length)
  t.notMatch(results.map(({ summary }) => summary).join('\n'), /could not be checked|no answer within/)
  for (const { status, advice } of results) t.equal(advice === undefined, status === 'ok')
})

test('a host that hangs is given up on in time', async t => {
  const { root, env } = await healthyHost(t)
  writeFileSync(join(root, 'opt/docker/replay.json'), '{"hang":true}')
  const results = await examine({ env, paths: doctorPaths(root), timeoutMs: 3000 })
  t.match(results.find(({ check }) => check === 'docker'), { status: 'failed', summary: 'no answer within 3 s' })
})
