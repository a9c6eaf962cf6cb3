import { SimulatorError } from '../../errors.ts'
import { failure, success } from '../command-result.ts'
import type { CommandResult } from '../command-result.ts'
import { applyInstructions, parseDockerfile } from '../dockerfile.ts'
import type { Image } from '../image.ts'
import type { ImageStore } from '../image-store.ts'
import { readOptions, unknownFlag } from '../options.ts'

/** `docker build … -`: the Dockerfile comes on standard input, which `readInput` reads to its end. */
export async function build (args: readonly string[], store: ImageStore, readInput: () => Promise<string>): Promise<CommandResult> {
  const options = readOptions(args, { flags: ['--quiet', '-q', '--pull', '--no-cache'], values: ['--tag', '-t', '--file', '-f', '--platform'] })
  if ('unknown' in options) return unknownFlag(options.unknown, 'build')
  if (options.operands[0] !== '-' || options.operands.length > 1) {
    return failure(1, options.operands.length === 1
      ? `ERROR: the simulated docker builds from standard input (-), not from ${options.operands[0] ?? ''}`
      : "ERROR: docker: 'docker build' requires 1 argument\n\nUsage:  docker build [OPTIONS] PATH | URL | -\n\nRun 'docker build --help' for more information")
  }
  try {
    const { base, changes } = parseDockerfile(await readInput())
    const { config, rootfs } = await getBase(store, base)
    const image = await store.put({ config: applyInstructions(config, changes), rootfs }, options.values.get('--tag') ?? options.values.get('-t'))
    return success(image.id)
  } catch (error) {
    if (error instanceof SimulatorError) return failure(1, `ERROR: failed to build: failed to solve: ${error.message}`)
    throw error
  }
}

/**
 * The image that FROM names. A base that is not here would be pulled; there is no registry. BuildKit takes an image id for the name of a
 * repository, also when the image is here (moby/moby#39769).
 */
async function getBase (store: ImageStore, reference: string): Promise<Image> {
  if (/^[0-9a-f]{64}$/.test(reference)) {
    const message = `failed to parse stage name "${reference}": invalid repository name (${reference}), cannot specify 64-byte hexadecimal strings`
    throw new SimulatorError('IMAGE_NOT_FOUND', message, { facts: { subject: reference } })
  }
  try {
    if (reference.startsWith('sha256:')) throw new Error('BuildKit resolves no image ids')
    return await store.get(reference)
  } catch (cause) {
    const message = `${reference}: failed to resolve source metadata for docker.io/library/${reference}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`
    throw new SimulatorError('IMAGE_NOT_FOUND', message, { cause, facts: { subject: reference } })
  }
}
