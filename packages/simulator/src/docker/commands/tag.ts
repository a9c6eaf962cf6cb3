import { SimulatorError } from '../../errors.ts'
import { failure, success } from '../command-result.ts'
import type { CommandResult } from '../command-result.ts'
import type { ImageStore } from '../image-store.ts'
import { readOptions, unknownFlag } from '../options.ts'

/** A repository's name in lower case, maybe with a registry before it, and maybe a tag (distribution's reference grammar). */
const referencePattern = /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/

/** `docker tag <image> <name>`: one more name for an image, given by id or name. Prints nothing. */
export async function tag (args: readonly string[], store: ImageStore): Promise<CommandResult> {
  const options = readOptions(args, { flags: [], values: [] })
  if ('unknown' in options) return unknownFlag(options.unknown, 'tag')
  const [source, target, ...rest] = options.operands
  if (source === undefined || target === undefined || rest.length > 0) {
    return failure(1, "docker: 'docker tag' requires 2 arguments\n\nUsage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\nSee 'docker tag --help' for more information")
  }
  if (!referencePattern.test(target)) return failure(1, `Error parsing reference: "${target}" is not a valid repository/tag: invalid reference format`)
  if (target.startsWith('sha256:')) return failure(1, 'Error response from daemon: refusing to create an ambiguous tag using digest algorithm as name')
  try {
    await store.tag(source, target)
    return success('')
  } catch (error) {
    if (error instanceof SimulatorError) return failure(1, `Error response from daemon: ${error.message}`)
    throw error
  }
}
