import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { test } from 'tap'

import { KeptLines } from '../../src/console/kept-lines.ts'
import { LineStreams } from '../../src/console/line-streams.ts'

test('streams that are ended leave their places to whoever comes back, until they are closed for good', async t => {
  const streams = new LineStreams(new KeptLines({ capacity: 10, lastId: 0 }), { clients: 1, heartbeatMs: 60_000 })
  const server = createServer((_request, response) => {
    response.writeHead(200)
    streams.open(response, { after: 0, enclave: undefined })
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.close() })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (let times = 0; times < 2; times++) {
    const answer = await fetch(url)
    t.equal(streams.size, 1)
    t.equal(streams.hasRoom, false)
    streams.endAll()
    t.match(await answer.text(), /^: lines of the enclaves/)
    t.equal(streams.hasRoom, true)
  }
  streams.close()
  t.equal(streams.hasRoom, false)
})
