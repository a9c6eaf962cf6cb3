import { test } from 'tap'

import { startTestHost } from '../fixtures/host.ts'
import { parse, runArguments } from '../fixtures/nitro-cli.ts'

test('the command line itself', async (t) => {
  const host = await startTestHost(t)
  t.same(await host.nitroCli('--version'), { stdout: 'Nitro CLI 1.5.0\n', stderr: '', exitCode: 0 })
  t.match(await host.nitroCli(), { stdout: '', stderr: /Usage: nitro-cli <COMMAND>/, exitCode: 2 })
  t.match(await host.nitroCli('fly'), { stderr: /^error: unrecognized subcommand 'fly'/, exitCode: 2 })
  t.match(await host.nitroCli('run-enclave', '--memory', '1'), { stderr: /^error: the following required arguments were not provided/, exitCode: 2 })
  t.match(await host.nitroCli(...runArguments('x', '--enclave-cid', '3')), { stdout: '', stderr: /^\[ E03 \] /, exitCode: 3 })
  t.equal(parse((await host.nitroCli('pcr', '--input', '/dev/null')).stdout) instanceof Object, true)
})
