import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { SimulatorError } from '../errors.ts'
import { writeFileAtomically } from '../state/atomic-file.ts'
import { imageId } from './image.ts'
import type { Image } from './image.ts'

/** The images of one simulated host. */
export interface ImageStore {
  /** Stores a file's content and answers its SHA-256 in hex. */
  putContent (content: Buffer): Promise<string>
  /** The content stored under a SHA-256. */
  getContent (sha256: string): Promise<Buffer>
  /** Stores an image under its id and, when given, a reference such as `name:tag`. Answers the image. */
  put (image: Omit<Image, 'id'>, reference?: string): Promise<Image>
  /**
   * The image that a reference names: `name`, `name:tag`, `sha256:<64 hex>`, or those 64 digits alone.
   *
   * @throws SimulatorError `IMAGE_NOT_FOUND` when there is none.
   */
  get (reference: string): Promise<Image>
  /**
   * Gives an image, named as for {@link ImageStore.get}, one more reference. A reference that meant another image means this one from
   * then on.
   *
   * @throws SimulatorError `IMAGE_NOT_FOUND` when there is no such image.
   */
  tag (source: string, reference: string): Promise<void>
}

/** Opens the store in a folder, which is created when first written to. */
export function openImageStore (directory: string): ImageStore {
  const contents = join(directory, 'contents')
  const get = async (reference: string): Promise<Image> => {
    const id = await readText(referencePath(directory, reference)) ?? idOf(reference)
    const json = id === undefined ? undefined : await readText(imagePath(directory, id))
    if (json === undefined) throw new SimulatorError('IMAGE_NOT_FOUND', `No such image: ${reference}`, { facts: { subject: reference } })
    return JSON.parse(json) as Image
  }
  const refer = async (reference: string, id: string): Promise<void> => {
    await writeFileAtomically(referencePath(directory, reference), id)
  }
  return {
    async putContent (content) {
      const sha256 = createHash('sha256').update(content).digest('hex')
      const path = join(contents, sha256)
      if (existsSync(path)) return sha256
      await writeFileAtomically(path, content)
      return sha256
    },
    getContent: async (sha256) => await readFile(join(contents, sha256)),
    async put (content, reference) {
      const image: Image = { id: imageId(content), ...content }
      await writeFileAtomically(imagePath(directory, image.id), `${JSON.stringify(image, null, 2)}\n`)
      if (reference !== undefined) await refer(reference, image.id)
      return image
    },
    get,
    tag: async (source, reference) => { await refer(reference, (await get(source)).id) },
  }
}

function imagePath (directory: string, id: string): string {
  return join(directory, `${id.replace('sha256:', '')}.json`)
}

/** References hold slashes and colons: the file's name is their digest's beginning. */
function referencePath (directory: string, reference: string): string {
  return join(directory, 'references', createHash('sha256').update(fullReference(reference)).digest('hex').slice(0, 32))
}

/** A reference without a tag means the tag `latest`. */
function fullReference (reference: string): string {
  return /:[^/]+$/.test(reference) ? reference : `${reference}:latest`
}

function idOf (reference: string): string | undefined {
  return /^(?:sha256:)?([0-9a-f]{64})$/.exec(reference)?.[1]
}

async function readText (path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
