import { test } from 'tap'

import { askService } from '../../src/doctor/running-service.ts'
import { json, serve } from './fixtures/serve.ts'

const { signal } = new AbortController()
const status = (relayState: string): string => JSON.stringify({
  state: 'ready', enclaves: [{ name: 'enclave-signer-0', enclaveId: 'i-1-enc1', cid: 16 }], relays: [{ name: 'socat-0', state: relayState }],
})

test('the service is known by its status', async t => {
  const paths: (string | undefined)[] = []
  const port = await serve(t, (request, response) => { paths.push(request.url); json(200, status('running'))(request, response) })
  t.same(await askService({ host: '127.0.0.1', port }, signal), { relaysRun: true })
  t.same(await askService({ host: '0.0.0.0', port }, signal), { relaysRun: true })
  t.same(paths, ['/enclave/status', '/enclave/status'])
  t.same(await askService({ host: '127.0.0.1', port: await serve(t, json(200, status('stopped'))) }, signal), { relaysRun: false })
})

test('whoever answers otherwise, or not at all, is somebody else', async t => {
  for (const body of ['{}', '[]', 'hello', '{"state":"ready","enclaves":[{}],"relays":[]}']) {
    t.equal(await askService({ host: '127.0.0.1', port: await serve(t, json(200, body)) }, signal), undefined, body)
  }
  t.equal(await askService({ host: '127.0.0.1', port: await serve(t, (request) => { request.destroy() }) }, signal), undefined)
})
