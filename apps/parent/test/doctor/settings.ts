import { resolve } from 'node:path'

import { test } from 'tap'

import { readEnvironment } from '../../src/config/environment.ts'
import { doctorSettings } from '../../src/doctor/settings.ts'
import { minimal, serviceConfigOf } from './fixtures/examine.ts'

test('the doctor assumes the defaults that the service has', async t => {
  for (const env of [
    { ...minimal, ENCLAVE_IMAGE: 'signer:1' },
    {
      ...minimal,
      ECS_CONTAINER_METADATA_URI_V4: 'http://localhost/v4',
      ECS_CONTAINER_METADATA_URI: 'http://localhost/v3',
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost/x',
      PORT: '81',
      RELAY_PORT: '82',
      ENCLAVE_MEMORY_MIB: '512',
      SOCAT_PATH: '/opt/socat',
    },
  ]) {
    const config = serviceConfigOf(env)
    const settings = doctorSettings(readEnvironment(env).values)
    t.match(config, {
      host: settings.host,
      port: settings.port,
      dataDir: resolve(settings.dataDir),
      region: settings.region,
      enclave: { cpuCount: settings.cpuCount, memoryMib: settings.memoryMib },
      relayPort: settings.relayPort,
      executables: settings.executables,
      image: settings.imageGiven ? { from: 'image' } : { from: 'ecs', metadataUris: settings.metadataUris },
    })
    t.same(config.credentials, settings.credentials)
  }
})

test('a faulty variable does not hide what the others say', async t => {
  const { values } = readEnvironment({ PORT: 'x', ENCLAVE_COUNT: '3', HOST: '0.0.0.0', RELAYS: 'external', TLS_CERT_FILE: 'c' })
  t.match(doctorSettings(values), { port: 8080, enclaveCount: 3, host: '0.0.0.0', relays: 'external', secured: true, region: undefined })
})
