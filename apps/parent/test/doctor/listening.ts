import { test } from 'tap'

import { tryToListen } from '../../src/doctor/listening.ts'
import { json, serve } from './fixtures/serve.ts'

test('a port is free, taken, or not of this host', async t => {
  const port = await serve(t, json(200, '{}'))
  t.equal(await tryToListen('127.0.0.1', port), 'EADDRINUSE')
  t.equal(await tryToListen('192.0.2.1', port), 'EADDRNOTAVAIL')
  t.equal(await tryToListen('127.0.0.1', 0), undefined)
})
