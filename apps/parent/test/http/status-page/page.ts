import { createHash } from 'node:crypto'

import { test } from 'tap'

import { noAudit } from '../../../src/audit/audit.ts'
import { statusPage } from '../../../src/http/status-page/page.ts'
import type { PageFacts } from '../../../src/http/status-page/page.ts'
import { contentSecurityPolicy } from '../../../src/http/status-page/style.ts'

const pcr0 = 'ab'.repeat(48)

const facts: PageFacts = {
  status: {
    state: 'backing-off',
    enclaves: [{
      name: 'enclave-signer-0',
      enclaveId: 'i-1-enc2',
      cid: 16,
      state: 'backing-off',
      since: '2026-01-15T10:20:30.123Z',
      reason: 'it says <b>no</b>',
      nextAttemptAt: '2026-01-15T10:20:40.000Z',
      restarts: 3,
      failures: [{ at: '2026-01-15T10:20:30.000Z', state: 'ready', code: 'ENCLAVE_GONE', reason: '"gone"', count: 2 }],
      measurements: { HashAlgorithm: 'Sha384', PCR0: pcr0, PCR1: pcr0, PCR2: pcr0 },
      debugMode: true,
      health: { checkedAt: '2026-01-15T10:20:30.123Z', roundTripMs: 0.44, missedPings: 0, uptimeMs: 5, clockDifferenceMs: -3.2, eventLoopDelayMs: 1.25, residentBytes: 130_023_424 },
      credentialsExpireAt: null,
      keysLoaded: null,
    }],
    relays: [{ name: 'vsock-proxy', state: 'running', restarts: 1, reason: null }],
    image: null,
    files: [],
    audit: noAudit.status(),
    attestationRoot: { sha256: '00ff' },
  },
  keys: { readable: 7, unreadable: 1 },
  rates: [{ signed: 1234.4, refused: 0.25 }],
  rateSeconds: 2,
  at: '2026-01-15T10:20:31.000Z',
}

test('the page says how the service and each enclave are', t => {
  const page = statusPage(facts)
  for (const said of ['<title>backing-off', 'debug mode', '0.4 ms', '124 MiB', '-3 ms', 'i-1-enc2', pcr0, 'ENCLAVE_GONE', 'vsock-proxy', '00ff', 'none handed over', '<b>1234</b>', '<b>0.3</b>', '<b>7</b>', '<b>1</b>key files unreadable']) {
    t.ok(page.includes(said), said)
  }
  t.end()
})

test('every time is in one piece, and those that something waits for say how soon', t => {
  const [enclave] = facts.status.enclaves
  const enclaves = enclave === undefined ? [] : [{ ...enclave, credentialsExpireAt: '2026-01-15T10:48:55.000Z' }]
  const page = statusPage({ ...facts, status: { ...facts.status, enclaves } })
  t.match(page, /<dt>credentials until<\/dt><dd><time [^>]*>2026-01-15 10:48:55 UTC<\/time>, in 28 min<\/dd>/)
  t.match(page, /<dt>next attempt<\/dt><dd><time [^>]*>2026-01-15 10:20:40 UTC<\/time>, in 9 s<\/dd>/)
  t.notMatch(page.replaceAll(/<time datetime="[^"]*">/g, ''), /\d{4}-\d\d-\d\dT/)
  t.end()
})

test('what an enclave or a tool said cannot become part of the page', t => {
  const page = statusPage(facts)
  t.notMatch(page, '<b>no</b>')
  t.match(page, 'it says &lt;b&gt;no&lt;/b&gt;')
  t.match(page, '&quot;gone&quot;')
  t.end()
})

test('the page needs nothing but its own style, which the policy names', t => {
  const page = statusPage(facts)
  const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? ''
  t.match(contentSecurityPolicy, `'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  t.notMatch(page, /<script|\ssrc=|\sstyle=|\son\w+=|url\(|https?:/)
  t.end()
})
