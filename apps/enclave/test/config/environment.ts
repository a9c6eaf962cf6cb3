import { test } from 'tap'
import { configFromEnvironment } from '../../src/config/environment.ts'

const arn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const env = { AWS_REGION: 'us-east-1', KMS_KEY_ARN: arn }

test('region and key are enough; the rest has defaults', async t => {
  t.same(configFromEnvironment(env), {
    region: 'us-east-1',
    kmsKeyArn: arn,
    listenSocket: '/run/enclave-signer/enclave.sock',
    kmsSocket: '/run/enclave-signer/kms.sock',
    limits: { keys: 1000, connections: 64, requestsInFlight: 256, frameBytes: 262144, messageBytes: 4096 },
  })
})

test('sockets and limits can be set', async t => {
  const config = configFromEnvironment({
    ...env, LISTEN_SOCKET: '/a/e.sock', KMS_SOCKET: '/a/k.sock', LIMIT_KEYS: '5', LIMIT_CONNECTIONS: '6', LIMIT_REQUESTS_IN_FLIGHT: '7',
  })
  t.match(config, { listenSocket: '/a/e.sock', kmsSocket: '/a/k.sock', limits: { keys: 5, connections: 6, requestsInFlight: 7 } })
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
  [{}, ['AWS_REGION is missing', 'KMS_KEY_ARN is missing']],
  [{ ...env, AWS_REGION: 'us-east-1.evil.example' }, ['AWS_REGION is not the name of an AWS region']],
  [{ ...env, KMS_KEY_ARN: 'alias/key' }, ['KMS_KEY_ARN is not the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>)']],
  [{ ...env, KMS_KEY_ARN: arn.replace(':key/', ':alias/') }, ['KMS_KEY_ARN is not the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>)']],
  [{ ...env, AWS_REGION: 'eu-west-1' }, ['KMS_KEY_ARN lies in another region than AWS_REGION']],
  [{ ...env, KMS_KEY_ARN: arn.replace('aws', 'aws-cn') }, ['KMS_KEY_ARN lies in another partition than AWS_REGION']],
  [{ ...env, LISTEN_SOCKET: 'e.sock' }, ['LISTEN_SOCKET is not an absolute path']],
  [{ ...env, KMS_SOCKET: `/${'k'.repeat(107)}` }, ['KMS_SOCKET is longer than 107 bytes']],
  [{ ...env, LIMIT_KEYS: '0', LIMIT_CONNECTIONS: '4097', LIMIT_REQUESTS_IN_FLIGHT: '1e3' }, [
    'LIMIT_KEYS is not a whole number from 1 to 100000', 'LIMIT_CONNECTIONS is not a whole number from 1 to 4096',
    'LIMIT_REQUESTS_IN_FLIGHT is not a whole number from 1 to 65536',
  ]],
]

for (const [environment, expected] of faults) {
  test(`settings are refused with every fault at once: ${expected.join('; ')}`, async t => {
    t.throws(() => configFromEnvironment(environment), { name: 'ConfigError', code: 'CONFIG_INVALID', faults: expected, message: /not usable/ })
  })
}
