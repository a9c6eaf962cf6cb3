import { join } from 'node:path'

import { execa } from 'execa'
import { test } from 'tap'

const main = join(import.meta.dirname, '../src/main.ts')

test('a bad environment ends the process with 1 and every fault, before anything starts', async t => {
  const { exitCode, stderr, stdout } = await execa(process.execPath, [main], {
    reject: false,
    extendEnv: false,
    env: { PORT: 'x', HOST: '0.0.0.0', KMS_KEY_ARN: 'alias/x', EXPECTED_PCR0: 'zz', DATA_DIR: join(t.testdirName, 'never') },
  })
  t.equal(exitCode, 1)
  t.equal(stdout, '')
  const faulty = stderr.split('\n').slice(1).map(line => line.trim().split(' ')[0])
  t.same(faulty, ['PORT', 'KMS_KEY_ARN', 'EXPECTED_PCR0', 'AWS_REGION', 'ENCLAVE_IMAGE', 'HOST', 'HOST'])
})

test('a root that is no certificate ends the process with 1', async t => {
  const directory = t.testdir({ 'root.pem': 'x' })
  const { exitCode, stderr } = await execa(process.execPath, [main], {
    reject: false,
    extendEnv: false,
    env: {
      AWS_REGION: 'us-east-1',
      KMS_KEY_ARN: 'arn:aws:kms:us-east-1:111122223333:key/k',
      ENCLAVE_IMAGE: 'x',
      DATA_DIR: join(directory, 'data'),
      ATTESTATION_ROOT_FILE: join(directory, 'root.pem'),
    },
  })
  t.equal(exitCode, 1)
  t.match(stderr, /ATTESTATION_ROOT_FILE must be a file with one PEM certificate/)
})

test('SIGTERM ends a service whose enclave cannot come up with 0 and one last line', async t => {
  const child = execa(process.execPath, [main], {
    reject: false,
    extendEnv: false,
    env: {
      AWS_REGION: 'us-east-1',
      KMS_KEY_ARN: 'arn:aws:kms:us-east-1:111122223333:key/k',
      ENCLAVE_EIF_PATH: '/nowhere.eif',
      DATA_DIR: t.testdir(),
      PORT: '0',
      RELAY_PORT: '18899',
      NITRO_CLI_PATH: '/nowhere/nitro-cli',
      SOCAT_PATH: '/nowhere/socat',
      VSOCK_PROXY_PATH: '/nowhere/vsock-proxy',
    },
  })
  const lines: Record<string, unknown>[] = []
  for await (const line of child) {
    lines.push(JSON.parse(line) as Record<string, unknown>)
    if (lines.at(-1)?.to === 'failed') child.kill('SIGTERM')
  }
  const { exitCode } = await child
  t.equal(exitCode, 0)
  t.match(lines.find(({ to }) => to === 'failed'), { level: 'error', reason: /\/nowhere\.eif cannot be read/ })
  t.match(lines.at(-1), { msg: 'stopped', reason: 'SIGTERM' })
})
