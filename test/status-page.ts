import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium } from 'playwright-core'
import type { BrowserContext } from 'playwright-core'
import { test } from 'tap'

import { startService } from './fixtures/service.ts'
import { statusPage } from '../apps/parent/src/http/status-page/page.ts'
import type { PageFacts } from '../apps/parent/src/http/status-page/page.ts'
import { findTool } from '../scripts/test/find-tool.ts'

const executablePath = findTool('chromium')

test('the status page shows the service, brings itself up to date, and asks nobody else for anything', {
  skip: executablePath === undefined ? 'chromium is not installed' : false,
}, async t => {
  await using service = await startService()
  await using browser = await startBrowser(executablePath ?? '')
  const page = await browser.context.newPage()
  const asked = new Set<string>()
  const complaints: string[] = []
  page.on('request', request => { asked.add(request.url()) })
  page.on('console', message => { complaints.push(message.text()) })
  page.on('pageerror', error => { complaints.push(error.message) })

  await page.goto(`${service.url}/enclave`)
  t.equal(await page.title(), 'ready – enclave-signer')
  const status = await service.get('/enclave/status')
  const [enclave] = status.body.enclaves as { enclaveId: string, measurements: { PCR0: string } }[]
  const shown = await page.innerText('body')
  t.match(shown, enclave?.enclaveId ?? 'no enclave')
  t.match(shown, enclave?.measurements.PCR0 ?? 'no measurements')
  t.match(shown, /1\s*keys stored/)
  t.equal(await page.evaluate('getComputedStyle(document.querySelector("section")).borderRadius'), '8px', 'its own style is applied')

  t.equal((await service.post('/keys', { keyId: 'second', keySpec: 'ECC_NIST_P256' })).status, 201)
  await page.locator('.figures', { hasText: /2\s*keys stored/ }).waitFor()
  t.pass('it shows the new key without anybody\'s doing')

  t.same([...asked], [`${service.url}/enclave`])
  t.same(complaints, [])
})

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

interface Browser extends AsyncDisposable {
  context: BrowserContext
}

async function startBrowser (path: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'enclave-signer-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  return {
    context,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
