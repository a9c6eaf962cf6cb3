import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

import type { SimulatedHost } from '@enclave-signer/simulator'
import { test } from 'tap'

import { setPolicyStage } from './fixtures/policy-stage.ts'
import type { CommandResult } from './fixtures/policy-stage.ts'
import { makeDataDir } from './fixtures/service.ts'

const cli = join(import.meta.dirname, '../apps/parent/src/cli.ts')

test('the EIF that is made without starting anything has the PCR0 of the running enclave', async t => {
  await using stage = await setPolicyStage()
  await using enclave = await stage.startEnclave()
  const { host } = stage
  const dataDir = makeDataDir()
  const { stdout, stderr, exitCode } = await eif(host, { DATA_DIR: dataDir })
  t.equal(exitCode, 0, stderr)
  const made = JSON.parse(stdout) as { image: string, imageId: string, eifPath: string, measurements: Record<string, string> }
  t.equal(made.measurements.PCR0, enclave.pcr0)
  t.match(made, { image: 'enclave-signer:dev', imageId: /^sha256:[0-9a-f]{64}$/, measurements: { PCR1: /^[0-9a-f]{96}$/, PCR2: /^[0-9a-f]{96}$/ } })
  t.ok(made.eifPath.startsWith(dataDir) && existsSync(made.eifPath))
  t.match(stderr, /^nitro-cli build-enclave --docker-uri enclave-signer-enclave:[0-9a-f]{16}$/m)

  const named = await eif(host, { DATA_DIR: dataDir, ENCLAVE_IMAGE: 'enclave-signer:dev' })
  t.match(JSON.parse(named.stdout), { measurements: made.measurements, eifPath: made.eifPath })
  t.equal(named.stderr, '', 'it is made once')
  const given = await eif(host, { DATA_DIR: dataDir, ENCLAVE_EIF_PATH: made.eifPath })
  t.match(JSON.parse(given.stdout), { image: null, imageId: null, eifPath: made.eifPath, measurements: made.measurements })

  const elsewhere = await eif(host, { DATA_DIR: dataDir, KMS_PROXY_PORT: '8765' })
  t.not((JSON.parse(elsewhere.stdout) as typeof made).measurements.PCR0, made.measurements.PCR0, 'every measured setting counts')
})

test('an EIF that cannot be made, or must not be, ends with 1 and the reason', async t => {
  await using stage = await setPolicyStage()
  const { host, dataDir } = stage
  const unknown = await eif(host, { DATA_DIR: dataDir, ENCLAVE_IMAGE: 'nobody:1' })
  t.match(unknown, { exitCode: 1, stdout: '', stderr: /^enclave-signer eif: there is no image nobody:1 on this host/m })
  const unexpected = await eif(host, { DATA_DIR: dataDir, EXPECTED_PCR0: 'ab'.repeat(48) })
  t.match(unexpected, { exitCode: 1, stdout: '', stderr: /PCR0 of the EIF is [0-9a-f]{96}, EXPECTED_PCR0 is (ab){48}/ })
})

async function eif (host: SimulatedHost, env: Record<string, string>): Promise<CommandResult> {
  const PATH = [host.binDirectory, dirname(process.execPath), process.env.PATH].join(delimiter)
  const running = promisify(execFile)(process.execPath, [cli, 'eif'], { encoding: 'utf8', env: { ...host.parentEnvironment, PATH, ...env } })
  return await running.then(ended => ({ ...ended, exitCode: 0 }), (error: unknown) => {
    const { stdout, stderr, code } = error as { stdout: string, stderr: string, code: number }
    return { stdout, stderr, exitCode: code }
  })
}
