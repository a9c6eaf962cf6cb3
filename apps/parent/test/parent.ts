import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { createConfig } from '../src/config/config.ts'
import type { ParentConfig } from '../src/config/config.ts'
import { readEnvironment } from '../src/config/environment.ts'
import { createLogger } from '../src/logger.ts'
import type { NitroCli } from '../src/nitro-cli/nitro-cli.ts'
import { NitroCliError } from '../src/nitro-cli/errors.ts'
import { createParent } from '../src/parent.ts'
import { createAuthority } from './fixtures/authority.ts'

const unused = async (): Promise<never> => { throw new NitroCliError('E26', { command: 'run-enclave', exitCode: 26, detail: 'too little memory' }) }
const pcr = 'ab'.repeat(48)

/** A host without enclaves on which none can be started. */
const nitroCli: NitroCli = {
  buildEnclave: unused,
  describeEif: async () => ({ measurements: { PCR0: pcr, PCR1: pcr, PCR2: pcr }, intact: true }),
  runEnclave: unused,
  describeEnclaves: async () => [],
  terminateEnclave: unused,
}

function configOf (t: Test, env: Record<string, string> = {}, files: Record<string, string> = {}): ParentConfig {
  const directory = t.testdir({ 'a.eif': 'eif', ...files })
  return createConfig(readEnvironment({
    AWS_REGION: 'us-east-1',
    KMS_KEY_ARN: 'arn:aws:kms:us-east-1:111122223333:key/k',
    ENCLAVE_EIF_PATH: join(directory, 'a.eif'),
    DATA_DIR: join(directory, 'data'),
    PORT: '0',
    RELAY_PORT: '18898',
    SOCAT_PATH: '/nowhere/socat',
    VSOCK_PROXY_PATH: '/nowhere/vsock-proxy',
    ...env,
  }))
}

const log = createLogger('silent')

async function statusOf (address: string): Promise<{ state: string, enclaves: { reason: string | null, state: string }[] }> {
  for (;;) {
    const status = await (await fetch(`${address}/enclave/status`)).json() as { state: string, enclaves: { reason: string | null, state: string }[] }
    if (status.state === 'failed') return status
  }
}

test('the API answers while no enclave can be brought up, and says why', async t => {
  await using parent = await createParent(configOf(t), { nitroCli, log })
  const status = await statusOf(parent.address)
  t.match(status, {
    state: 'failed',
    enclaves: [{ name: 'enclave-signer-0', state: 'failed', enclaveId: null, debugMode: false, restarts: 0, measurements: { PCR0: pcr }, reason: /E26 \(too little memory\)/ }],
    relays: [{ name: 'socat-0' }, { name: 'vsock-proxy' }],
    image: { measurements: { PCR0: pcr } },
    attestationRoot: { sha256: '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b' },
  })
  t.equal((await fetch(`${parent.address}/livez`)).status, 200)
  const ready = await fetch(`${parent.address}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { code: 'ENCLAVE_NOT_READY', detail: /failed: .*E26/ })
})

test('a debug enclave is shown as one even before it runs', async t => {
  await using parent = await createParent(configOf(t, { ENCLAVE_DEBUG_MODE: 'true' }), { nitroCli, log })
  t.match(await statusOf(parent.address), { enclaves: [{ debugMode: true }] })
})

test('a request that never arrives whole does not hold a stop up for longer than the grace', async t => {
  const parent = await createParent(configOf(t, { SHUTDOWN_GRACE_MS: '100' }), { nitroCli, log })
  const { port } = new URL(parent.address)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('POST /sign HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{')
  await statusOf(parent.address)
  const closed = once(socket, 'close')
  socket.on('error', () => undefined)
  await parent.close()
  await closed
  await t.rejects(fetch(`${parent.address}/livez`))
})

test('an abort from outside stops the service', async t => {
  const controller = new AbortController()
  const parent = await createParent(configOf(t), { nitroCli, log, signal: controller.signal })
  controller.abort(new Error('SIGTERM'))
  await parent.closed
  await t.rejects(fetch(`${parent.address}/livez`))
})

test('an API port in use is told at the start, and nothing is left running', async t => {
  const first = await createParent(configOf(t), { nitroCli, log })
  const { port } = new URL(first.address)
  await t.rejects(createParent(configOf(t, { PORT: port }), { nitroCli, log }), { code: 'EADDRINUSE' })
  await first.close()
})

test('with a port of their own, metrics and probes answer there, and are gone when the service has stopped', async t => {
  const parent = await createParent(configOf(t, { OPS_PORT: '0' }), { nitroCli, log })
  const ops = parent.opsAddress ?? ''
  t.not(ops, parent.address)
  t.match(await (await fetch(`${ops}/metrics`)).text(), /^# HELP enclave_signer_/)
  t.equal((await fetch(`${ops}/livez`)).status, 200)
  t.equal((await fetch(`${ops}/enclave/status`)).status, 404)
  await parent.close()
  await t.rejects(fetch(`${ops}/livez`))
})

test('an API port in use closes the port of metrics too', async t => {
  await using first = await createParent(configOf(t), { nitroCli, log })
  const { port: taken } = new URL(first.address)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: opsPort } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  await t.rejects(createParent(configOf(t, { PORT: taken, OPS_PORT: String(opsPort) }), { nitroCli, log }), { code: 'EADDRINUSE' })
  await t.rejects(fetch(`http://127.0.0.1:${opsPort}/livez`))
})

test('callers and TLS make the API https, and files that cannot be used keep it from starting', async t => {
  const { certificate, key } = createAuthority('an authority').issue({ commonName: 'localhost', dns: ['localhost'], usage: 'server' })
  const files = { 'callers.yaml': 'callers: []', cert: certificate, key }
  const at = (name: string): string => join(t.testdirName, name)
  const env = { CALLERS_FILE: at('callers.yaml'), TLS_CERT_FILE: at('cert'), TLS_KEY_FILE: at('key') }
  await t.rejects(createParent(configOf(t, { ...env, CALLERS_FILE: '/nowhere' }, files), { nitroCli, log }), {
    name: 'ConfigError', message: /CALLERS_FILE must be a file that can be read/,
  })
  await using parent = await createParent(configOf(t, env, files), { nitroCli, log })
  t.match(parent.address, /^https:\/\/127\.0\.0\.1:\d+$/)
})
