import { existsSync } from 'node:fs'
import { test } from 'tap'

import { vsockPath } from '../../../src/index.ts'
import { buildFixtureEif, startTestHost } from '../../fixtures/host.ts'
import { parse, runArguments } from '../../fixtures/nitro-cli.ts'
import type { Described, RunInfo } from '../../fixtures/nitro-cli.ts'

test('two enclaves run side by side, each is ended alone, killed ones are forgotten', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  const one = parse((await host.nitroCli(...runArguments(eif, '--enclave-cid', '16'))).stdout) as RunInfo
  const two = parse((await host.nitroCli(...runArguments(eif))).stdout) as RunInfo
  t.match([one, two], [{ EnclaveName: 'idle', EnclaveCID: 16, CPUIDs: [2, 3] }, { EnclaveName: 'idle_1', EnclaveCID: 4, CPUIDs: [4, 5] }])
  t.match(await host.nitroCli(...runArguments(eif, '--enclave-cid', '16')), { stderr: /\[ E29 \]/, exitCode: 39 }, 'a CID that is taken')

  process.kill(one.ProcessID, 'SIGKILL')
  let left: Described[]
  do left = parse((await host.nitroCli('describe-enclaves')).stdout) as Described[]
  while (left.length > 1)
  t.match(left, [{ EnclaveID: two.EnclaveID }])
  t.match(await host.nitroCli(...runArguments(eif, '--enclave-cid', '16')), { exitCode: 0 }, 'its CID is free again')

  process.kill(two.ProcessID, 'SIGTERM')
  do left = parse((await host.nitroCli('describe-enclaves')).stdout) as Described[]
  while (left.length > 1)
  t.match(left, [{ EnclaveCID: 16 }])
  t.equal(existsSync(vsockPath(host.directory, 4, 8888)), false, 'SIGTERM takes the socket away')
  const all = await host.nitroCli('terminate-enclave', '--all')
  t.match(parse(all.stdout), [{ Terminated: true }])
  t.same(parse((await host.nitroCli('terminate-enclave', '--all')).stdout), [])
})

test('an enclave process that hangs is counted as a failed connection', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  const { ProcessID: pid } = parse((await host.nitroCli(...runArguments(eif))).stdout) as RunInfo
  process.kill(pid, 'SIGSTOP')
  t.match(await host.nitroCli('describe-enclaves'), { stdout: '[]\n', stderr: /^Failed connections: 1\n\[ E39 \]/, exitCode: 39 })
  process.kill(pid, 'SIGCONT')
  t.match(parse((await host.nitroCli('describe-enclaves')).stdout), [{ ProcessID: pid }])
})
