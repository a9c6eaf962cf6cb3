import { test } from 'tap'
import type { Test } from 'tap'

import { apiPortCheck, opsPortCheck, relayPortsCheck } from '../../../src/doctor/checks/ports.ts'
import { examineWith } from '../fixtures/examine.ts'
import { freePort, json, serve } from '../fixtures/serve.ts'

const status = (relays: unknown[]): string => JSON.stringify({ state: 'ready', enclaves: [{ enclaveId: null, cid: null }], relays })
const serviceThatRuns = status([{ name: 'socat-0', state: 'running' }])

async function taken (t: Test, body = 'hello'): Promise<string> {
  return String(await serve(t, json(200, body)))
}

test('a free port is ok, and one that the system chooses', async t => {
  const PORT = String(await freePort())
  t.match(await examineWith(apiPortCheck, { env: { PORT } }), { status: 'ok', summary: `port ${PORT} on 127.0.0.1 is free`, facts: { port: Number(PORT) } })
  t.match(await examineWith(apiPortCheck, { env: { PORT: '0' } }), { status: 'ok', summary: /PORT=0/ })
})

test('a port of the service itself is ok', async t => {
  t.match(await examineWith(apiPortCheck, { env: { PORT: await taken(t, serviceThatRuns) } }), { status: 'ok', summary: /held by an enclave-signer that runs/ })
})

test('a port of another program has failed; with TLS it cannot be told whose it is', async t => {
  const PORT = await taken(t)
  t.match(await examineWith(apiPortCheck, { env: { PORT } }), { status: 'failed', summary: /in use by another program/ })
  t.match(await examineWith(apiPortCheck, { env: { PORT, TLS_CERT_FILE: 'c' } }), { status: 'warning', summary: /is in use$/ })
})

test('an address that is not this host\'s has failed', async t => {
  t.match(await examineWith(apiPortCheck, { env: { HOST: '192.0.2.1' } }), { status: 'failed', summary: '192.0.2.1 is no address of this host' })
})

test('the port of metrics and probes is looked at where there is one', async t => {
  const [free, other] = [String(await freePort()), await taken(t)]
  t.match(await examineWith(opsPortCheck, { env: {} }), { status: 'ok', summary: /not needed: there is no OPS_PORT/ })
  t.match(await examineWith(opsPortCheck, { env: { OPS_PORT: free } }), { status: 'ok', summary: `port ${free} on 127.0.0.1 is free`, facts: { port: Number(free) } })
  t.match(await examineWith(opsPortCheck, { env: { OPS_PORT: free, OPS_HOST: '192.0.2.1' } }), { status: 'failed', advice: /OPS_HOST/ })
  const PORT = String(await freePort())
  t.match(await examineWith(opsPortCheck, { env: { PORT, OPS_PORT: other } }), { status: 'failed', summary: /in use by another program/, advice: /OPS_PORT/ })
  t.match(await examineWith(opsPortCheck, { env: { PORT, OPS_PORT: other, CALLERS_FILE: 'c' } }), { status: 'warning' })
  t.match(await examineWith(opsPortCheck, { env: { PORT: await taken(t, serviceThatRuns), OPS_PORT: other } }), { status: 'ok', summary: /held by an enclave-signer that runs/ })
})

test('relay ports are one for each enclave, in a row', async t => {
  const RELAY_PORT = String(await freePort())
  const ports = [0, 1].map(index => String(Number(RELAY_PORT) + index))
  t.match(await examineWith(relayPortsCheck, { env: { RELAY_PORT, ENCLAVE_COUNT: '2' } }), { status: 'ok', facts: { ports, taken: [] } })
})

test('the second enclave\'s relay port is checked too', async t => {
  const second = Number(await taken(t))
  const env = { RELAY_PORT: String(second - 1), ENCLAVE_COUNT: '2', PORT: String(await freePort()) }
  t.match(await examineWith(relayPortsCheck, { env }), { status: 'failed', summary: new RegExp(`in use on 127.0.0.1: .*${second}$`), advice: /RELAY_PORT/ })
})

for (const [title, body, tls, expected] of [
  ['of a service that runs are ok', serviceThatRuns, {}, { status: 'ok', summary: /held by the enclave-signer that runs/ }],
  ['of another program have failed, though the service runs', status([{ name: 'socat-0', state: 'backing-off' }]), {}, { status: 'failed' }],
  ['of another program have failed', 'hello', {}, { status: 'failed', advice: /RELAY_PORT/ }],
  ['cannot be told apart with TLS', 'hello', { TLS_CERT_FILE: 'c' }, { status: 'warning' }],
] as const) {
  test(`relay ports ${title}`, async t => {
    const [PORT, RELAY_PORT] = [await taken(t, body), await taken(t)]
    t.match(await examineWith(relayPortsCheck, { env: { PORT, RELAY_PORT, ...tls } }), { ...expected, facts: { taken: [RELAY_PORT] } })
  })
}

test('external relays must listen', async t => {
  const RELAYS = 'external'
  t.match(await examineWith(relayPortsCheck, { env: { RELAYS, RELAY_PORT: await taken(t) } }), { status: 'ok', summary: /a relay listens/ })
  t.match(await examineWith(relayPortsCheck, { env: { RELAYS, RELAY_PORT: String(await freePort()) } }), { status: 'warning', summary: /no relay listens/ })
})
