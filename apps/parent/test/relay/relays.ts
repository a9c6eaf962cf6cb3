import { test } from 'tap'

import type { ParentConfig } from '../../src/config/config.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { createRelays } from '../../src/relay/relays.ts'

const config = { relays: 'external', relayPort: 8888, kmsProxyPort: 8000, region: 'us-east-1', enclave: { cid: 16 }, executables: { socat: '/nowhere', vsockProxy: '/nowhere' } } as unknown as ParentConfig
const log = createLogger('silent')

test('external relays are not started, only checked by what connecting to them comes to', async t => {
  const relays = createRelays(config, log, createMetrics())
  const controller = new AbortController()
  const running = relays.run(controller.signal)
  t.match(relays.statuses(), [{ name: 'socat-0', state: 'external', restarts: 0, reason: undefined }, { name: 'vsock-proxy', state: 'external' }])
  t.equal(relays.enclaveRelay.replace('it carries nothing'), false)
  relays.enclaveRelay.checked('nothing listens on the relay\'s port 8888')
  t.equal(relays.statuses()[0]?.reason, 'nothing listens on the relay\'s port 8888')
  relays.enclaveRelay.checked(undefined)
  t.equal(relays.statuses()[0]?.reason, undefined)
  controller.abort()
  await running
})

test('managed relays are the parent\'s to replace', async t => {
  const relays = createRelays({ ...config, relays: 'managed' }, log, createMetrics())
  t.equal(relays.enclaveRelay.replace('it carries nothing'), true)
  t.match(relays.statuses(), [{ name: 'socat-0', state: 'starting' }, { name: 'vsock-proxy', state: 'starting' }])
})
