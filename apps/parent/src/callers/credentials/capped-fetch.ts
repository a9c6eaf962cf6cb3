import type { FetchImplementation } from 'jose'

/** Longest answer that is read, in bytes: thousands of keys. */
export const maxAnswerBytes = 1024 * 1024

/** Fetches as `fetch` does, but reads no more of an answer than {@link maxAnswerBytes}: jose would read as long as something comes. */
export function cappedFetch (fetch: FetchImplementation): FetchImplementation {
  return async (url, options) => {
    const { body, status, headers } = await fetch(url, options)
    if (body === null) return new Response(null, { status, headers })
    let bytes = 0
    const cap = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.length
        if (bytes > maxAnswerBytes) controller.error(new Error(`the answer has more than the ${maxAnswerBytes} bytes that are read`))
        else controller.enqueue(chunk)
      },
    })
    return new Response(body.pipeThrough(cap), { status, headers })
  }
}
