import { inspect } from 'node:util'

import { test } from 'tap'

import { ConfigError } from '../../src/config/config-error.ts'
import { createConfig } from '../../src/config/config.ts'
import type { ParentConfig } from '../../src/config/config.ts'
import { readEnvironment } from '../../src/config/environment.ts'

const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const enough = { AWS_REGION: 'eu-central-1', KMS_KEY_ARN: arn, ENCLAVE_IMAGE: 'signer:1' }

function configOf (env: Record<string, string>): ParentConfig {
  return createConfig(readEnvironment({ ...enough, ...env }))
}

function faultsOf (env: Record<string, string | undefined>): readonly string[] {
  try {
    createConfig(readEnvironment({ ...enough, ...env }))
    return []
  } catch (error) {
    return error instanceof ConfigError ? error.faults : [String(error)]
  }
}

test('the defaults are those of the documentation', async t => {
  const config = configOf({})
  t.match(config, {
    host: '127.0.0.1',
    port: 8080,
    logLevel: 'info',
    shutdownGraceMs: 10_000,
    idempotencyWindowMs: 600_000,
    enclave: { cpuCount: 2, memoryMib: 2634, cid: 16, debugMode: false, expectedPcr0: undefined },
    image: { from: 'image', image: 'signer:1' },
    credentials: { from: 'node-chain' },
    relayPort: 8888,
    kmsProxyPort: 8000,
    executables: { nitroCli: 'nitro-cli', docker: 'docker', socat: 'socat', vsockProxy: 'vsock-proxy' },
  })
  t.match(config.dataDir, /\/data$/)
})

test('the configuration is frozen to its depth', async t => {
  const config = configOf({}) as { enclave: { cid: number } }
  t.throws(() => { config.enclave.cid = 4 }, TypeError)
})

const faulty: [string, Record<string, string | undefined>, RegExp[]][] = [
  ['the measured settings are required', { AWS_REGION: undefined, KMS_KEY_ARN: undefined }, [/^AWS_REGION must be set/, /^KMS_KEY_ARN must be set/]],
  ['a malformed variable is not called missing too', { AWS_REGION: 'x' }, [/^AWS_REGION must be the name/]],
  ['a key of another region is refused', { AWS_REGION: 'us-east-1' }, [/^KMS_KEY_ARN must name a key in the region of AWS_REGION$/]],
  ['without any image there is nothing to run', { ENCLAVE_IMAGE: undefined }, [/^ENCLAVE_IMAGE or ENCLAVE_EIF_PATH must be set/]],
  ['an image and an EIF contradict each other', { ENCLAVE_EIF_PATH: '/x.eif' }, [/contradict each other/]],
  ['one port cannot be two', { PORT: '8888' }, [/^PORT and RELAY_PORT must differ$/]],
  ['the port of the boot heartbeat is not given to KMS', { KMS_PROXY_PORT: '9000' }, [/^KMS_PROXY_PORT must not be 9000/]],
  ['all interfaces are refused without callers and TLS', { HOST: '0.0.0.0' }, [/^HOST must be a loopback address where there is no CALLERS_FILE/, /^HOST must be a loopback address where there is no TLS_CERT_FILE/]],
  ['another host is refused without callers', { HOST: '10.0.0.1', TLS_CERT_FILE: '/c', TLS_KEY_FILE: '/k' }, [/^HOST must be .* no CALLERS_FILE/]],
  ['another host is refused without TLS', { HOST: '10.0.0.1', CALLERS_FILE: '/f' }, [/^HOST must be .* no TLS_CERT_FILE: credentials must not travel in clear$/]],
  ['a name that only begins like loopback is refused', { HOST: '127.evil.example', CALLERS_FILE: '/f' }, [/^HOST must be a loopback address/]],
  ['a certificate needs its key', { TLS_CERT_FILE: '/c' }, [/^TLS_CERT_FILE needs TLS_KEY_FILE/]],
  ['a key needs its certificate', { TLS_KEY_FILE: '/k' }, [/^TLS_KEY_FILE needs TLS_CERT_FILE/]],
  ['client certificates need TLS', { TLS_CLIENT_CA_FILE: '/a', CALLERS_FILE: '/f' }, [/^TLS_CLIENT_CA_FILE needs TLS_CERT_FILE/]],
  ['client certificates need callers', { TLS_CLIENT_CA_FILE: '/a', TLS_CERT_FILE: '/c', TLS_KEY_FILE: '/k' }, [/^TLS_CLIENT_CA_FILE needs CALLERS_FILE/]],
  ['metrics need a port of their own', { OPS_PORT: '8080' }, [/^OPS_PORT and PORT must differ$/]],
  ['metrics do not get the relay\'s port', { OPS_PORT: '8888' }, [/^OPS_PORT and RELAY_PORT must differ$/]],
  ['an address for metrics needs a port', { OPS_HOST: '10.0.0.1' }, [/^OPS_HOST needs OPS_PORT$/]],
  ['a pool is refused, not ignored', { ENCLAVE_COUNT: '2' }, [/^ENCLAVE_COUNT above 1 is not supported/]],
  ['malformed values and contradictions come in one list', { PORT: 'x', HOST: '::' }, [/^PORT must be/, /^HOST must be/, /^HOST must be/]],
]

for (const [title, env, expected] of faulty) {
  test(title, async t => {
    const faults = faultsOf(env)
    t.equal(faults.length, expected.length, faults.join('\n'))
    for (const [index, pattern] of expected.entries()) t.match(faults[index], pattern)
  })
}

for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
  test(`${host} is loopback`, async t => { t.equal(configOf({ HOST: host }).host, host) })
}

test('the error lists every fault on a line of its own', async t => {
  const error = new ConfigError(['A is wrong', 'B is wrong'])
  t.equal(error.message, 'the configuration has 2 faults:\n  A is wrong\n  B is wrong')
})

test('an EIF comes before an image, an image before the own one', async t => {
  const own = { ECS_CONTAINER_METADATA_URI_V4: 'http://localhost/v4', ECS_CONTAINER_METADATA_URI: 'http://localhost/v3' }
  t.match(createConfig(readEnvironment({ ...enough, ...own })).image, { from: 'image' })
  t.same(createConfig(readEnvironment({ ...enough, ...own, ENCLAVE_IMAGE: '' })).image, {
    from: 'ecs', metadataUris: ['http://localhost/v4', 'http://localhost/v3'],
  })
  t.same(createConfig(readEnvironment({ ...enough, ENCLAVE_IMAGE: '', ENCLAVE_EIF_PATH: '/a.eif' })).image, { from: 'eif', eifPath: '/a.eif' })
})

test('the relative credentials address comes before the full one, as in the SDK, and the token is never printed', async t => {
  const { credentials } = configOf({
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost/x',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'hush-hush',
  })
  t.match(credentials, { from: 'container', relativeUri: '/v2/credentials/x', fullUri: '' })
  t.notMatch(inspect(credentials, { depth: 9 }) + JSON.stringify(credentials), /hush/)
})

test('a parent names its enclaves and shares its launch lock as told', async t => {
  t.match(configOf({}), { enclave: { name: 'enclave-signer' }, launchLockFile: '/run/lock/enclave-signer-launch.lock', relays: 'managed' })
  t.match(configOf({ ENCLAVE_NAME: 'signer-b', LAUNCH_LOCK_FILE: '/host/lock', RELAYS: 'external' }), {
    enclave: { name: 'signer-b' }, launchLockFile: '/host/lock', relays: 'external',
  })
  t.match(faultsOf({ ENCLAVE_NAME: '-x', LAUNCH_LOCK_FILE: '/'.padEnd(91, 'x') }), [/^ENCLAVE_NAME must be/, /^LAUNCH_LOCK_FILE must be a path of at most 90/])
})

test('callers and TLS open the service to the network', async t => {
  t.match(configOf({ HOST: '0.0.0.0', CALLERS_FILE: 'f', TLS_CERT_FILE: 'c', TLS_KEY_FILE: 'k', TLS_CLIENT_CA_FILE: 'a' }), {
    host: '0.0.0.0', callersFile: /\/f$/, tls: { certFile: /\/c$/, keyFile: /\/k$/, clientCaFile: /\/a$/ }, ops: undefined,
  })
  t.match(configOf({}), { callersFile: undefined, tls: undefined })
})

test('metrics listen where the API does unless told otherwise', async t => {
  t.same(configOf({ OPS_PORT: '9100' }).ops, { host: '127.0.0.1', port: 9100 })
  t.same(configOf({ OPS_PORT: '9100', OPS_HOST: '10.0.0.1' }).ops, { host: '10.0.0.1', port: 9100 })
  t.same(configOf({ PORT: '0', OPS_PORT: '0' }).ops, { host: '127.0.0.1', port: 0 })
})

test('spans are sent where there is an endpoint for them, under the name that is given or the service\'s own', async t => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }
  t.equal(configOf({ OTEL_SERVICE_NAME: 'mine' }).tracing, undefined)
  t.strictSame(configOf(endpoint).tracing, { serviceName: 'enclave-signer' })
  t.strictSame(configOf({ ...endpoint, OTEL_SERVICE_NAME: 'mine' }).tracing, { serviceName: 'mine' })
})
