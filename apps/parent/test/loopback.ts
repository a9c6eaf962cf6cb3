import { test } from 'tap'

import { isLoopback } from '../src/loopback.ts'

test('loopback is localhost, ::1 and every address of 127.0.0.0/8, and no name that looks like one', async t => {
  for (const host of ['localhost', '::1', '127.0.0.1', '127.255.0.9']) t.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '128.0.0.1', '127.evil.example', '10.0.0.1', '']) t.notOk(isLoopback(host), host)
})
