import { once } from 'node:events'
import { test } from 'tap'
import { startEnclave } from '../fixtures/enclave.ts'

test('connections that all come at once are bounded too', async t => {
  await using enclave = await startEnclave({ LIMIT_CONNECTIONS: '8' })
  const sockets = Array.from({ length: 300 }, () => enclave.openSocket().resume())
  await Promise.all(sockets.slice(0, -8).map(async socket => { await once(socket, 'close') }))
  const held = enclave.lines.filter(({ event }) => event === 'connection.opened').map(({ count = 0 }) => count)
  t.equal(held.length, 301, 'every one was taken, one after the other')
  t.ok(Math.max(...held) <= 9, `${Math.max(...held)} at once: eight, and the one whose place is being made`)
})
