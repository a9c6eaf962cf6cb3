import { test } from 'tap'

import { buildFixtureEif, errorLogOf, startTestHost } from '../../fixtures/host.ts'
import { runArguments, withoutLogName } from '../../fixtures/nitro-cli.ts'
import { vector, withVectors } from '../../fixtures/vectors.ts'

test('of two enclaves that boot at once one fails with E36, as when the heartbeat port is taken', withVectors, async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  let results = await Promise.all([1, 2, 3].map(async () => await host.nitroCli(...runArguments(eif))))
  for (let attempt = 0; attempt < 5 && results.every(({ exitCode }) => exitCode === 0); attempt++) {
    await host.nitroCli('terminate-enclave', '--all')
    results = await Promise.all([1, 2, 3].map(async () => await host.nitroCli(...runArguments(eif))))
  }
  const failed = results.find(({ exitCode }) => exitCode !== 0)
  t.equal(failed?.exitCode, 39)
  t.equal(failed?.stdout, '')
  t.equal(withoutLogName(failed?.stderr ?? ''), withoutLogName(vector('nitro-cli/run-enclave.fail-concurrent-boot.stderr.txt').toString()))
  t.match(await errorLogOf(failed?.stderr ?? ''), /Action: Run Enclave\n {2}Subactions:\n {4}Failed to execute command `Run`\n[^]*vsock bind error/)
})
