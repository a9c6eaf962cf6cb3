import { test } from 'tap'
import type { Test } from 'tap'

import { clearFaults, setFaults } from '../../src/index.ts'
import type { EcsFault } from '../../src/index.ts'
import { startTestHost } from '../fixtures/host.ts'

test('the ECS endpoints and their faults', async (t) => {
  const { host, directory } = await startTestHost(t)
  const { ECS_CONTAINER_METADATA_URI_V4: metadata = '', AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials = '' } = host.parentEnvironment
  const urls = { 'ecs credentials': credentials, 'ecs metadata': metadata } as const

  for (const at of ['ecs credentials', 'ecs metadata'] as const) {
    const other = at === 'ecs metadata' ? credentials : metadata
    const under = async (effect: Omit<EcsFault, 'at'>): Promise<void> => { await setFaults(directory, [{ at, ...effect }]) }

    await t.test(`${at} answer with another status or body, as often as was said`, async (t) => {
      await under({ times: 1, status: 500, body: '{"code":"InternalError"}' })
      const answer = await fetch(urls[at])
      t.same([answer.status, await answer.text()], [500, '{"code":"InternalError"}'])
      t.equal((await fetch(urls[at])).status, 200)
      await under({ body: '{"Image' })
      t.equal(await (await fetch(urls[at])).text(), '{"Image')
      await under({ status: 429 })
      t.same([(await fetch(urls[at])).status, (await fetch(other)).status], [429, 200], 'the other endpoint is well')
    })

    await t.test(`${at} are reset`, async (t) => {
      await under({ reset: true })
      await t.rejects(fetch(urls[at]), { cause: { code: 'ECONNRESET' } })
    })

    await t.test(`${at} come late`, async (t) => {
      await under({ delayMs: 5 })
      t.equal((await fetch(urls[at])).status, 200)
      await under({ delayMs: 3_600_000 })
      await hangs(t, urls[at], other)
    })

    await t.test(`${at} never come`, async (t) => {
      await under({ hang: true })
      await hangs(t, urls[at], other)
    })
  }

  await clearFaults(directory)
  t.equal((await fetch(credentials)).status, 200)
})

/** While a request hangs, many others are answered. */
async function hangs (t: Test, url: string, other: string): Promise<void> {
  const controller = new AbortController()
  let answered = false
  const hanging = fetch(url, { signal: controller.signal }).then(() => { answered = true }, () => undefined)
  for (let request = 0; request < 20; request++) await (await fetch(other)).arrayBuffer()
  t.equal(answered, false)
  controller.abort()
  await hanging
}
