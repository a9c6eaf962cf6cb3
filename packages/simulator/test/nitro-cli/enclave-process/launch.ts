import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'

import { buildFixtureEif, errorLogOf, startTestHost } from '../../fixtures/host.ts'
import { runArguments } from '../../fixtures/nitro-cli.ts'
import { vectorPath, withVectors } from '../../fixtures/vectors.ts'

test('images that cannot run are refused with the real codes', withVectors, async (t) => {
  const host = await startTestHost(t)
  const missing = await host.nitroCli(...runArguments('/nowhere/x.eif'))
  t.match(missing, { stdout: '', stderr: /^\[ E19 \] .*\nFile: '\/nowhere\/x\.eif', failing operation: 'Open'\.\n[^]*Failed connections: 1\n\[ E39 \]/, exitCode: 39 })
  t.match(await host.nitroCli(...runArguments(vectorPath('nitro-cli/SOURCES.md'))), { stderr: /^\[ E59 \]/, exitCode: 39 })
  const corrupt = await host.nitroCli(...runArguments(vectorPath('eif/bad-crc.eif')))
  t.match(corrupt, { stderr: /\[ E36 \]/, exitCode: 39 })
  t.match(await errorLogOf(corrupt.stderr), /the CRC of the EIF does not match/)
  t.match(await host.nitroCli(...runArguments(vectorPath('eif/tiny.eif'))), { stderr: /\[ E36 \]/, exitCode: 39 }, 'no program in it')
  const large = join(host.directory, 'large.eif')
  writeFileSync(large, '')
  truncateSync(large, 129 * 1024 ** 2)
  t.match(await host.nitroCli(...runArguments(large)), { stderr: /^\[ E26 \] .*`memory` is 512 MB, .* should be 516 MB\n/, exitCode: 39 })
})

test('limits of the host are refused with the real codes', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  t.match(await host.nitroCli('run-enclave', '--cpu-count', '11', '--memory', '512', '--eif-path', eif), { stderr: /^\[ E22 \] .*`cpu-count` is 11/, exitCode: 39 })
  t.match(await host.nitroCli('run-enclave', '--cpu-count', '2', '--memory', '1T', '--eif-path', eif), { stderr: /^Start allocating memory\.\.\.\n\[ E27 \] /, exitCode: 39 })
  for (const cid of [16, 17, 18, 19]) t.equal((await host.nitroCli(...runArguments(eif, '--enclave-cid', cid.toString()))).exitCode, 0)
  t.match(await host.nitroCli(...runArguments(eif)), { stderr: /\[ E29 \]/, exitCode: 39 }, 'a fifth enclave')
})
