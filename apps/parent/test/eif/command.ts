import { join } from 'node:path'

import { test } from 'tap'

import { eifCommand } from '../../src/eif/command.ts'
import { replayedProgram } from '../fixtures/replay.ts'

const region = 'eu-central-1'
const settings = { AWS_REGION: region, KMS_KEY_ARN: `arn:aws:kms:${region}:111122223333:key/k` }
const say = (): void => undefined

test('a given EIF is measured and told with its measurements', async t => {
  const measurements = { PCR0: 'a'.repeat(96), PCR1: 'b'.repeat(96), PCR2: 'c'.repeat(96) }
  const { path } = replayedProgram(t, { stdout: JSON.stringify({ Measurements: measurements, CheckCRC: true }) })
  const { stdout, exitCode } = await eifCommand([], { ...settings, ENCLAVE_EIF_PATH: path, NITRO_CLI_PATH: path }, say)
  t.equal(exitCode, 0)
  t.same(JSON.parse(stdout), { image: null, imageId: null, eifPath: path, measurements })
})

test('what cannot be made ends with 1 and the reason', async t => {
  const eifPath = join(t.testdir(), 'nowhere.eif')
  t.match(await eifCommand([], { ...settings, ENCLAVE_EIF_PATH: eifPath }, say), {
    exitCode: 1, stdout: '', stderr: `enclave-signer eif: the EIF ${eifPath} cannot be read\n`,
  })
})

test('an environment that the service would refuse is wrong usage, every fault told', async t => {
  const { exitCode, stdout, stderr } = await eifCommand([], { AWS_REGION: 'Europe' }, say)
  t.match({ exitCode, stdout }, { exitCode: 2, stdout: '' })
  t.match(stderr, /^enclave-signer eif: the configuration has 3 faults:\n {2}AWS_REGION .*\n {2}KMS_KEY_ARN .*\n {2}ENCLAVE_IMAGE /)
})

test('an unknown option is wrong usage, and --help is not', async t => {
  t.match(await eifCommand(['--fast'], settings, say), { exitCode: 2, stdout: '', stderr: /--fast[^]*Usage: enclave-signer eif/ })
  t.match(await eifCommand(['--help'], {}, say), { exitCode: 0, stdout: /^Usage: enclave-signer eif/, stderr: '' })
})
