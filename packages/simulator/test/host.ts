import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'

import { SimulatorError, startSimulatedHost } from '../src/index.ts'
import { readHostFile } from '../src/state/host-file.ts'
import { simulatorDirectory, simulatorPaths } from '../src/state/simulator-directory.ts'
import { startTestHost } from './fixtures/host.ts'
import { run } from './fixtures/run.ts'

test('the host gives parent and client what they need', async (t) => {
  const { host, directory, paths } = await startTestHost(t, { region: 'eu-central-1' })
  t.match(host.parentEnvironment, {
    AWS_REGION: 'eu-central-1',
    KMS_KEY_ARN: /^arn:aws:kms:eu-central-1:\d{12}:key\//,
    ECS_CONTAINER_METADATA_URI_V4: /^http:\/\/127\.0\.0\.1:\d+\/v4\//,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: /^http:\/\/127\.0\.0\.1:\d+\/v2\/credentials\/[0-9a-f-]{36}$/,
    ATTESTATION_ROOT_FILE: join(directory, 'nsm', 'root.pem'),
    NITRO_SIMULATOR_DIR: directory,
  })
  t.match(host.clientEnvironment, {
    AWS_ENDPOINT_URL_KMS: host.kms.endpoint,
    AWS_CA_BUNDLE: host.kms.caFile,
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: /^ASIA/,
    AWS_SECRET_ACCESS_KEY: /./,
    AWS_SESSION_TOKEN: /./,
    KMS_KEY_ARN: host.parentEnvironment.KMS_KEY_ARN,
  })
  t.same(readHostFile(paths.hostFile).hosts, { 'kms.eu-central-1.amazonaws.com:443': `127.0.0.1:${host.kms.port}` })
  t.ok(existsSync(join(host.binDirectory, 'nitro-cli')))
})

test("KMS answers under its real host name with the directory's own CA", async (t) => {
  const { host } = await startTestHost(t)
  const status = await new Promise((resolve, reject) => {
    const options = { port: host.kms.port, host: '127.0.0.1', servername: 'kms.us-east-1.amazonaws.com', ca: readFileSync(host.kms.caFile) }
    get(options, (response) => { resolve(response.resume().statusCode) }).on('error', reject)
  })
  t.type(status, 'number')
})

test('a restart in the same directory keeps instance, region, NSM root, CA and default key', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sim-'))
  const paths = simulatorPaths(directory)
  t.teardown(async () => {
    await rm(directory, { recursive: true })
    await rm(paths.vsock, { recursive: true, force: true })
  })
  const life = async (region?: string): Promise<unknown[]> => {
    const host = await startSimulatedHost({ directory, ...(region !== undefined && { region }) })
    await host.close()
    const { instanceId, region: kept } = readHostFile(paths.hostFile)
    return [instanceId, kept, host.parentEnvironment.KMS_KEY_ARN, readFileSync(join(paths.nsm, 'root.pem'), 'utf8'), readFileSync(paths.kmsCa, 'utf8')]
  }
  t.same(await life('us-west-2'), await life())
})

test('the executables refuse to work without a host', async (t) => {
  const directory = t.testdir()
  t.throws(() => simulatorDirectory({}), { code: 'STATE_DIRECTORY_MISSING' })
  t.throws(() => simulatorDirectory({ NITRO_SIMULATOR_DIR: directory }), { code: 'STATE_DIRECTORY_MISSING', facts: { subject: directory } })
  t.equal(new SimulatorError('NOT_SIMULATED', 'x').name, 'SimulatorError')
  const { exitCode, stderr } = await run('nitro-cli', ['describe-enclaves'], { PATH: process.env.PATH ?? '' })
  t.equal(exitCode, 1)
  t.match(stderr, /NITRO_SIMULATOR_DIR/)
})
