import { test } from 'tap'

import { statusPage } from '../apps/parent/src/http/status-page/page.ts'
import type { PageFacts } from '../apps/parent/src/http/status-page/page.ts'
import { startBrowser } from './fixtures/browser.ts'
import { findTool } from '../scripts/test/find-tool.ts'

const executablePath = findTool('chromium')

test('on a phone and on a desk nothing of the page leaves its card, whatever failures are called', {
  skip: executablePath === undefined ? 'chromium is not installed' : false,
}, async t => {
  await using browser = await startBrowser(executablePath ?? '')
  const page = await browser.context.newPage()
  await page.setContent(statusPage(troubled))
  for (const width of [320, 400, 768, 800, 1400]) {
    await page.setViewportSize({ width, height: 800 })
    t.same(await page.evaluate(outsiders), [], `${width} px`)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
  }
})

/** What stands to the right of its card. */
const outsiders = `[...document.querySelectorAll('section *')]
  .filter(one => one.getBoundingClientRect().right > one.closest('section').getBoundingClientRect().right)
  .map(one => one.outerHTML)`

const at = '2026-01-15T10:20:30.123Z'
const measurements = { PCR0: 'ab'.repeat(48), PCR1: 'cd'.repeat(48), PCR2: 'ef'.repeat(48) }

const troubled: PageFacts = {
  status: {
    state: 'backing-off',
    enclaves: [{
      name: 'enclave-signer-0',
      enclaveId: 'i-0123456789abcdef0-enc0123456789abcdef',
      cid: 16,
      state: 'backing-off',
      since: at,
      reason: `${'a'.repeat(120)} and more`,
      nextAttemptAt: at,
      restarts: 3,
      failures: [{ at, state: 'provisioning', code: 'ENCLAVE_NEVER_READY', reason: `${'/path'.repeat(40)} cannot be read`, count: 12 }],
      measurements,
      debugMode: true,
      health: null,
      credentialsExpireAt: at,
      keysLoaded: 7,
    }],
    relays: [{ name: 'vsock-proxy', state: 'backing-off', restarts: 100, reason: 'ended with '.repeat(20) }],
    image: { eifPath: `/var/${'e'.repeat(90)}.eif`, name: 'registry.example/enclave-signer:1.2.3', imageId: null, measurements, progress: null },
    files: [],
    audit: { mode: 'strict', state: 'recording', reason: null, entry: 1, hash: '00' },
    attestationRoot: { sha256: '64'.repeat(32) },
  },
  keys: { readable: 7, unreadable: 1 },
  rates: [{ signed: 1, refused: 2 }, { signed: 2, refused: 1 }],
  rateSeconds: 2,
  at,
}
