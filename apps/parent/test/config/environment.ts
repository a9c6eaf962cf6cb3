import { test } from 'tap'

import { readEnvironment } from '../../src/config/environment.ts'

const malformed: [string, string, RegExp][] = [
  ['PORT', '80a', /^PORT must be a whole number from 0 to 65535$/],
  ['PORT', '65536', /^PORT must be/],
  ['PORT', '-1', /^PORT must be/],
  ['PORT', '1e3', /^PORT must be/],
  ['LOG_LEVEL', 'loud', /^LOG_LEVEL must be one of fatal, error/],
  ['AWS_REGION', 'Ohio', /^AWS_REGION must be the name of an AWS region/],
  ['KMS_KEY_ARN', 'arn:aws:kms:us-east-1:111122223333:alias/x', /^KMS_KEY_ARN must be the ARN of a KMS key .*not of an alias$/],
  ['KMS_KEY_ARN', 'arn:aws:kms:us-east-1:111122223333:key/x\nENV Y=1', /^KMS_KEY_ARN must be/],
  ['ENCLAVE_COUNT', '5', /^ENCLAVE_COUNT must be a whole number from 1 to 4$/],
  ['ENCLAVE_CPU_COUNT', '0', /^ENCLAVE_CPU_COUNT must be/],
  ['ENCLAVE_CID', '3', /^ENCLAVE_CID must be a whole number from 4 to 4294967294$/],
  ['ENCLAVE_IMAGE', 'a b', /^ENCLAVE_IMAGE must be the name of an image$/],
  ['ENCLAVE_IMAGE', 'a\nRUN x', /^ENCLAVE_IMAGE must be/],
  ['EXPECTED_PCR0', 'ab', /^EXPECTED_PCR0 must be 96 hexadecimal digits$/],
  ['ENCLAVE_DEBUG_MODE', 'yes', /^ENCLAVE_DEBUG_MODE must be "true" or "false"$/],
  ['RELAYS', 'none', /^RELAYS must be one of managed, external$/],
  ['RELAY_PORT', '0', /^RELAY_PORT must be/],
  ['SHUTDOWN_GRACE_MS', '10s', /^SHUTDOWN_GRACE_MS must be/],
  ['RATE_PER_CALLER', '0', /^RATE_PER_CALLER must be requests a second, and after a comma how many at once, such as 50 or 0\.5,10$/],
  ['RATE_PER_CALLER', '10/s', /^RATE_PER_CALLER must be requests a second/],
  ['RATE_PER_KEY', '10,0', /^RATE_PER_KEY must be requests a second/],
  ['RATE_PER_KEY', '10,1.5', /^RATE_PER_KEY must be requests a second/],
  ['MAX_REQUESTS_IN_FLIGHT', '0', /^MAX_REQUESTS_IN_FLIGHT must be a whole number from 1 to 1000$/],
  ['MAX_CONNECTIONS', '0', /^MAX_CONNECTIONS must be a whole number from 1 to 100000$/],
  ['REQUEST_TIMEOUT_MAX_MS', '60001', /^REQUEST_TIMEOUT_MAX_MS must be a whole number from 1 to 60000$/],
  ['ECS_CONTAINER_METADATA_URI_V4', 'ftp://x', /^ECS_CONTAINER_METADATA_URI_V4 must be an http or https address$/],
  ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'v2/x', /^AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must be a path that begins with/],
]

for (const [name, value, fault] of malformed) {
  test(`${name}=${JSON.stringify(value)} is a fault that names the variable and never its value`, async t => {
    const { values, faults } = readEnvironment({ [name]: value })
    t.equal(faults.length, 1)
    t.match(faults[0], fault)
    t.notOk(faults[0]?.includes(value) === true && value.length > 2 && !fault.source.includes(value))
    t.same(values, {})
  })
}

test('every malformed value is reported at once, and good values are read beside them', async t => {
  const { values, faults } = readEnvironment({ PORT: 'x', ENCLAVE_CID: 'y', EXPECTED_PCR0: 'z', RELAY_PORT: '9001' })
  t.same(faults.map(fault => fault.split(' ')[0]), ['PORT', 'ENCLAVE_CID', 'EXPECTED_PCR0'])
  t.same(values, { RELAY_PORT: 9001 })
})

test('an empty variable counts as not set, and variables of others are not read', async t => {
  t.same(readEnvironment({ PORT: '', HOME: '/root' }), { values: {}, faults: [] })
})

test('a rate has a burst of one second where none is given, and of one at least', async t => {
  const rates = { 50: [50, 50], '50,200': [50, 200], 0.5: [0.5, 1], '0.25,10': [0.25, 10], 1.5: [1.5, 2] } as const
  for (const [text, [requestsPerSecond, burst]] of Object.entries(rates)) {
    t.strictSame(readEnvironment({ RATE_PER_KEY: text }).values.RATE_PER_KEY, { requestsPerSecond, burst }, text)
  }
})

test('EXPECTED_PCR0 is read in lower case', async t => {
  t.equal(readEnvironment({ EXPECTED_PCR0: 'AB'.repeat(48) }).values.EXPECTED_PCR0, 'ab'.repeat(48))
})
