import { test } from 'tap'
import { configFromEnvironment } from '../../src/config/environment.ts'

const arn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const env = { AWS_REGION: 'us-east-1', KMS_KEY_ARN: arn }

test('region and key are enough; the rest has defaults', async t => {
  t.same(configFromEnvironment(env), {
    region: 'us-east-1',
    kmsKeyArn: arn,
    kmsProxyPort: 8000,
    listenSocket: '/run/enclave-signer/enclave.sock',
    kmsSocket: '/run/enclave-signer/kms.sock',
    limits: { keys: 1000, connections: 64, requestsInFlight: 256, frameBytes: 262144, messageBytes: 4096 },
  })
})

test('sockets, the port to KMS and limits can be set', async t => {
  const config = configFromEnvironment({
    ...env, LISTEN_SOCKET: '/a/e.sock', KMS_SOCKET: '/a/k.sock', KMS_PROXY_PORT: '4294967294', LIMIT_KEYS: '5', LIMIT_CONNECTIONS: '6', LIMIT_REQUESTS_IN_FLIGHT: '7',
  })
  t.match(config, { listenSocket: '/a/e.sock', kmsSocket: '/a/k.sock', kmsProxyPort: 4294967294, limits: { keys: 5, connections: 6, requestsInFlight: 7 } })
})

test('the config cannot be changed afterwards', async t => {
  const config = configFromEnvironment(env)
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.limits))
})

for (const [region, keyArn] of [
  ['cn-north-1', 'arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab'],
  ['us-gov-west-1', 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  ['ap-southeast-2', 'arn:aws:kms:ap-southeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
] as const) {
  test(`a key in ${region} is taken`, async t => {
    t.equal(configFromEnvironment({ AWS_REGION: region, KMS_KEY_ARN: keyArn }).kmsKeyArn, keyArn)
  })
}

const faults: [env: Record<string, string>, faults: string[]][] = [
  [{}, ['AWS_REGION missing', 'KMS_KEY_ARN missing']],
  [{ ...env, AWS_REGION: 'us-east-1.evil.example' }, ['AWS_REGION malformed']],
  [{ ...env, KMS_KEY_ARN: 'alias/key' }, ['KMS_KEY_ARN malformed']],
  [{ ...env, KMS_KEY_ARN: arn.replace(':key/', ':alias/') }, ['KMS_KEY_ARN malformed']],
  [{ ...env, AWS_REGION: 'eu-west-1' }, ['KMS_KEY_ARN other-region']],
  [{ ...env, KMS_KEY_ARN: arn.replace('aws', 'aws-cn') }, ['KMS_KEY_ARN other-partition']],
  [{ ...env, LISTEN_SOCKET: 'e.sock' }, ['LISTEN_SOCKET relative-path']],
  [{ ...env, LISTEN_SOCKET: '/run/e.sock,mode=0777', KMS_SOCKET: '/run/k sock' }, ['LISTEN_SOCKET malformed', 'KMS_SOCKET malformed']],
  [{ ...env, KMS_SOCKET: `/${'k'.repeat(107)}` }, ['KMS_SOCKET too-long']],
  [{ ...env, KMS_PROXY_PORT: '4294967295' }, ['KMS_PROXY_PORT out-of-range']],
  [{ ...env, LIMIT_KEYS: '0', LIMIT_CONNECTIONS: '4097', LIMIT_REQUESTS_IN_FLIGHT: '1e3' }, [
    'LIMIT_KEYS out-of-range', 'LIMIT_CONNECTIONS out-of-range', 'LIMIT_REQUESTS_IN_FLIGHT out-of-range',
  ]],
]

for (const [environment, expected] of faults) {
  test(`settings are refused with every fault at once: ${expected.join('; ')}`, async t => {
    t.throws(() => configFromEnvironment(environment), {
      name: 'ConfigError',
      code: 'CONFIG_INVALID',
      faults: expected.map(fault => ({ setting: fault.split(' ')[0], fault: fault.split(' ')[1] })),
      message: `the enclave's settings are not usable: ${expected.join(', ')}`,
    })
  })
}
