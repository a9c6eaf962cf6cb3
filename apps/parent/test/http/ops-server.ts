import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { noAudit } from '../../src/audit/audit.ts'
import type { HttpServer } from '../../src/http/http-server.ts'
import { createOpsServer } from '../../src/http/ops-server.ts'
import type { ServiceStatus } from '../../src/http/schemas/status.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'

async function createOps (t: Test): Promise<{ app: HttpServer, status: ServiceStatus }> {
  const status: ServiceStatus = { state: 'ready', enclaves: [], relays: [], image: null, files: [], audit: noAudit.status(), attestationRoot: { sha256: '00' } }
  const app = await createOpsServer({ status: () => status, metrics: createMetrics(), log: createLogger('silent') })
  t.teardown(() => app.close())
  return { app, status }
}

test('metrics and probes are answered to whoever asks', async t => {
  const { app, status } = await createOps(t)
  t.equal((await app.inject({ method: 'GET', url: '/livez' })).statusCode, 200)
  t.equal((await app.inject({ method: 'GET', url: '/readyz' })).statusCode, 200)
  t.match(await app.inject({ method: 'GET', url: '/metrics' }), { statusCode: 200, body: /^# HELP enclave_signer_/, headers: { 'content-type': /^text\/plain; version=0\.0\.4/ } })
  status.state = 'backing-off'
  t.match((await app.inject({ method: 'GET', url: '/readyz' })).json(), { status: 503, code: 'ENCLAVE_NOT_READY' })
})

test('nothing else is there', async t => {
  const { app } = await createOps(t)
  for (const [method, url] of [['POST', '/sign'], ['GET', '/keys'], ['POST', '/keys'], ['GET', '/enclave/status'], ['GET', '/enclave/console'], ['GET', '/openapi.json'], ['GET', '/docs'], ['POST', '/metrics']] as const) {
    t.match((await app.inject({ method, url })).json(), { status: 404, code: 'ROUTE_NOT_FOUND', detail: /\/livez.*the API has a listener of its own/ }, url)
  }
})

for (const [host, asked, status] of [['127.0.0.1', 'evil.example', 403], ['127.0.0.1', 'localhost', 200], ['0.0.0.0', 'signer.internal', 200]] as const) {
  test(`a listener on ${host} answers who asks for ${asked} ${status}`, async t => {
    const { app } = await createOps(t)
    await app.listen({ host, port: 0 })
    for (const url of ['/metrics', '/livez']) t.equal((await app.inject({ method: 'GET', url, headers: { host: asked } })).statusCode, status)
  })
}

test('a hundred connections are served, and more are closed', async t => {
  const { app } = await createOps(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const sockets = Array.from({ length: 110 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  const closed = (): number => sockets.filter(({ readyState }) => readyState === 'closed').length
  for (const socket of sockets) socket.resume()
  while (closed() < 10) await sleep(5)
  t.equal(closed(), 10)
  sockets.find(({ readyState }) => readyState === 'open')?.destroy()
  const ask = async (): Promise<number> => await fetch(`http://127.0.0.1:${port}/livez`).then(({ status }) => status, () => 0)
  let answered: number
  // Each one that is answered may keep the one place for its connection.
  while ((answered = await ask()) === 0) await sleep(5)
  t.equal(answered, 200, 'a place that was given back is taken')
})
