import { test } from 'tap'

import { cappedFetch, maxAnswerBytes } from '../../../src/callers/credentials/capped-fetch.ts'

const options = { method: 'GET', redirect: 'manual', headers: new Headers(), signal: new AbortController().signal } as const

/** Asks for an answer that comes in chunks of 64 KiB; `read` counts those that were taken. */
async function ask (chunks: number): Promise<{ response: Response, read: () => number }> {
  let read = 0
  const body = new ReadableStream<Uint8Array>({
    pull: controller => {
      if (read++ < chunks) controller.enqueue(Buffer.alloc(64 * 1024, ' '))
      else controller.close()
    },
  })
  return { response: await cappedFetch(async () => new Response(body, { status: 203, headers: { 'content-type': 'a/b' } }))('https://a', options), read: () => read }
}

test('an answer within the bound is the answer', async t => {
  const { response } = await ask(16)
  t.match({ status: response.status, type: response.headers.get('content-type') }, { status: 203, type: 'a/b' })
  t.equal((await response.arrayBuffer()).byteLength, maxAnswerBytes)
})

test('an answer without end is not read to its end', async t => {
  const { response, read } = await ask(Infinity)
  await t.rejects(response.json(), { message: 'the answer has more than the 1048576 bytes that are read' })
  t.ok(read() < 40, `${read()} chunks`)
})

test('an answer without a body is one', async t => {
  const response = await cappedFetch(async () => new Response(null, { status: 204 }))('https://a', options)
  t.equal(response.status, 204)
})
