import { Type } from 'typebox'
import { Value } from 'typebox/value'

import { messageOf, ParentError } from '../errors.ts'

/** The container the parent runs in. */
export interface ContainerMetadata {
  /** The image's name as the task definition gives it. */
  image: string
  /** The image's id, `sha256:…`: it stays what it is when the name moves on. */
  imageId: string
}

/** The ECS container metadata endpoint. */
export interface EcsMetadata {
  /** @throws ParentError `METADATA_UNAVAILABLE` when no endpoint gives a usable answer. */
  container: (signal: AbortSignal) => Promise<ContainerMetadata>
}

const response = Type.Object({
  Image: Type.String({ minLength: 1 }),
  ImageID: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }),
})

const timeoutMs = 5000

/** Asks the endpoints in turn, version 4's before version 3's (`ECS_CONTAINER_METADATA_URI_V4`, `ECS_CONTAINER_METADATA_URI`). */
export function createEcsMetadata (uris: readonly string[]): EcsMetadata {
  return {
    container: async signal => {
      const faults: string[] = []
      for (const uri of uris) {
        try {
          return readContainerMetadata(await get(uri, signal))
        } catch (error) {
          signal.throwIfAborted()
          faults.push(messageOf(error))
        }
      }
      throw new ParentError('METADATA_UNAVAILABLE', `the ECS metadata endpoint gave no usable answer: ${faults.join('; ')}`, { uris: uris.length })
    },
  }
}

/** The members the parent uses. Throws a TypeError for an answer without them. */
export function readContainerMetadata (body: unknown): ContainerMetadata {
  if (!Value.Check(response, body)) throw new TypeError('the answer has no Image and ImageID')
  return { image: body.Image, imageId: body.ImageID }
}

async function get (uri: string, signal: AbortSignal): Promise<unknown> {
  const answer = await fetch(uri, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
  if (!answer.ok) throw new TypeError(`status ${answer.status}`)
  return await answer.json()
}
