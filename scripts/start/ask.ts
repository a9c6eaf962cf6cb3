import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'

/** Where the parent listens. */
export interface ParentAddress {
  readonly url: string
  /** Its TLS_CERT_FILE; undefined where it speaks plain HTTP. */
  readonly certFile: string | undefined
  /** Of the caller who asks; undefined: whoever reaches it. */
  readonly token?: string | undefined
}

/** An answer of the parent. */
export interface ParentAnswer {
  readonly status: number
  readonly body: string
}

/**
 * Sends the parent a request, a POST where there is a body. Over TLS it is known by the very certificate that it was given, whatever the
 * name in that is.
 */
export async function ask ({ url, certFile, token }: ParentAddress, path: string, body?: unknown): Promise<ParentAnswer> {
  const options: RequestOptions = {
    ...body !== undefined && { method: 'POST' },
    headers: {
      ...body !== undefined && { 'content-type': 'application/json' },
      ...token !== undefined && { authorization: `Bearer ${token}` },
    },
    ...certFile !== undefined && { ca: readFileSync(certFile), allowPartialTrustChain: true, checkServerIdentity: () => undefined },
  }
  const request = (certFile === undefined ? requestHttp : requestHttps)(url + path, options)
  request.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = await once(request, 'response') as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response) }
}
