import type { IncomingMessage } from 'node:http'
import { KmsError } from '../errors.ts'

/** An attestation document may have 262,144 bytes, 349,528 in base64; everything else together is far below the rest. */
export const maximumBodyBytes = 512 * 1024

/**
 * Reads a request's body, which never occupies more than {@link maximumBodyBytes}.
 *
 * @throws KmsError RequestEntityTooLargeException; the rest of the body is then left unread
 */
export async function readBody (request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maximumBodyBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maximumBodyBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge (): KmsError {
  return new KmsError('RequestEntityTooLargeException', `the body is longer than ${maximumBodyBytes} bytes`)
}
