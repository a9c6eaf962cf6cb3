import { test } from 'tap'

import { startBrowser } from './fixtures/browser.ts'
import { startService } from './fixtures/service.ts'
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
