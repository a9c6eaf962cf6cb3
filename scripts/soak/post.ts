import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'

import type { Post } from './load.ts'

/** Connections of the load: a client like most, which keeps them and opens no more than it needs. */
const maxSockets = 64

/** Sends requests to the service over connections of its own; `close` ends them, so that what stays open is the service's. */
export function createPost (url: string): { post: Post, close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets })
  const post: Post = async (path, body) => {
    const sent = request(url + path, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }).end(JSON.stringify(body))
    const [response] = await once(sent, 'response') as [IncomingMessage]
    const contentType = response.headers['content-type'] ?? ''
    return { status: response.statusCode ?? 0, contentType, body: await json(response) as Record<string, unknown> }
  }
  return { post, close: () => { agent.destroy() } }
}
