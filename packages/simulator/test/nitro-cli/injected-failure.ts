import { once } from 'node:events'
import { createConnection } from 'node:net'
import { test } from 'tap'

import { clearFaults, setFaults, vsockPath } from '../../src/index.ts'
import type { NitroCliFault } from '../../src/index.ts'
import { buildFixtureEif, errorLogOf, startTestHost } from '../fixtures/host.ts'
import { parse, runArguments, withoutLogName } from '../fixtures/nitro-cli.ts'
import type { Described } from '../fixtures/nitro-cli.ts'
import { complaintOf, endAfterAnother } from '../fixtures/fault.ts'
import { start } from '../fixtures/run.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

type Effect = Omit<NitroCliFault, 'at'>

test("run-enclave's injected errors are byte for byte the real ones", withVectors, async (t) => {
  const host = await startTestHost(t)
  const failWith = async (effect: Effect) => {
    await setFaults(host.directory, [{ at: 'nitro-cli run-enclave', times: 1, ...effect }])
    return await host.nitroCli(...runArguments('/nowhere.eif'))
  }
  const real = (name: string): string => withoutLogName(vector(`nitro-cli/run-enclave.fail-${name}.stderr.txt`).toString().trimEnd())

  const boot = await failWith({ error: 'E36', reason: 'Waiting on enclave to boot failed with error VsockTimeoutError' })
  t.same({ ...boot, stderr: withoutLogName(boot.stderr.trimEnd()) }, { stdout: '', stderr: real('concurrent-boot'), exitCode: 39 })
  t.match(await errorLogOf(boot.stderr), /Action: Run Enclave\n {2}Subactions:\n {4}Waiting on enclave to boot failed with error VsockTimeoutError\n/)
  t.match(await errorLogOf(boot.stderr, 1), /Failed to connect to 1 enclave processes/)

  const device = await failWith({ error: 'E19', facts: ['/dev/nitro_enclaves', 'Open'] })
  t.same({ ...device, stderr: withoutLogName(device.stderr.trimEnd()) }, { stdout: '', stderr: real('device'), exitCode: 39 })

  const cpus = await failWith({ error: 'E19', facts: ['/sys/module/nitro_enclaves/parameters/ne_cpus', 'Open'], beforeFork: true })
  t.same({ ...cpus, stderr: withoutLogName(cpus.stderr.trimEnd()) }, { stdout: '', stderr: real('ne_cpus'), exitCode: 19 })

  t.match(await failWith({ error: 'E29' }), { stderr: /^Start allocating memory\.\.\.\n\[ E29 \] Ioctl failure\.[^]*\nFailed connections: 1\n\[ E39 \] /, exitCode: 39 })
  t.match(await failWith({ error: 'E06' }), { stderr: /^\[ E06 \] (?![^]*E39)/, exitCode: 6 })
})

test('errors of the other commands stand alone, and E00 is a failure with exit status 0', async (t) => {
  const host = await startTestHost(t)
  await setFaults(host.directory, [
    { at: 'nitro-cli build-enclave', error: 'E51' }, { at: 'nitro-cli describe-enclaves', error: 'E39' }, { at: 'nitro-cli terminate-enclave', error: 'E00' },
    { at: 'nitro-cli describe-eif', error: 'E35' }, { at: 'nitro-cli console', error: 'E45' }, { at: 'nitro-cli pcr', error: 'E57' },
  ])
  t.match(await host.nitroCli('build-enclave', '--docker-uri', 'x', '--output-file', '/nowhere/x'), { stdout: '', stderr: /^\[ E51 \]/, exitCode: 51 })
  t.match(await host.nitroCli('describe-enclaves'), { stdout: '', stderr: /^\[ E39 \]/, exitCode: 39 })
  t.match(await host.nitroCli('terminate-enclave', '--all'), { stdout: '', stderr: /^\[ E00 \]/, exitCode: 0 })
  t.match(await host.nitroCli('describe-eif', '--eif-path', 'x'), { stderr: /^\[ E35 \]/, exitCode: 35 })
  t.match(await host.nitroCli('console', '--enclave-id', 'x'), { stderr: /^\[ E45 \]/, exitCode: 45 })
  t.match(await host.nitroCli('pcr', '--input', '/dev/null'), { stderr: /^\[ E57 \]/, exitCode: 57 })
  t.match(await host.nitroCli('describe-eif'), { exitCode: 2 }, 'a wrong command line is still one')
})

test('an enclave crashes by itself after it has booted, and its host forgets it', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  await setFaults(host.directory, [{ at: 'nitro-cli run-enclave', times: 1, crashAfterMs: 300 }])
  t.equal((await host.nitroCli(...runArguments(eif, '--enclave-cid', '16'))).exitCode, 0)
  let left: Described[]
  do left = parse((await host.nitroCli('describe-enclaves')).stdout) as Described[]
  while (left.length > 0)
  await t.rejects(once(createConnection(vsockPath(host.directory, 16, 8888)), 'connect'), { code: /^E/ })
  t.match(await host.nitroCli(...runArguments(eif, '--enclave-cid', '16')), { exitCode: 0 }, 'the next one lives')
  t.match(parse((await host.nitroCli('describe-enclaves')).stdout), [{ EnclaveCID: 16 }])
})

test('an enclave runs though run-enclave failed, hung or spoke badly', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  await setFaults(host.directory, [
    { at: 'nitro-cli run-enclave', times: 1, afterWork: true, error: 'E39', beforeFork: true },
    { at: 'nitro-cli run-enclave', times: 1, afterWork: true, hang: true, stderr: 'hangs' },
    { at: 'nitro-cli run-enclave', times: 1, partialJson: true },
  ])
  t.match(await host.nitroCli(...runArguments(eif, '--enclave-name', 'failed')), { stdout: '', stderr: /\n\[ E39 \]/, exitCode: 39 })
  const hanging = start('nitro-cli', runArguments(eif, '--enclave-name', 'hung'), host.environment)
  let said = ''
  while (!said.includes('hangs\n')) said += await complaintOf(hanging)
  t.same(await endAfterAnother(hanging, host.environment), [null, 'SIGTERM'])
  const { stdout, exitCode } = await host.nitroCli(...runArguments(eif, '--enclave-name', 'cut'))
  t.equal(exitCode, 0)
  t.throws(() => parse(stdout), { name: 'SyntaxError' })
  t.match(stdout, /^\{\n {2}"EnclaveName": "cut",/)
  await clearFaults(host.directory)
  const described = parse((await host.nitroCli('describe-enclaves')).stdout) as Described[]
  t.same(described.map(({ EnclaveName }) => EnclaveName).sort(), ['cut', 'failed', 'hung'])
})
