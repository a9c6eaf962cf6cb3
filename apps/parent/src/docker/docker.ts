import { execa, ExecaError } from 'execa'

import { ParentError } from '../errors.ts'
import { buildArguments, inspectImageIdArguments, pullArguments, tagArguments } from './arguments.ts'
import { dockerAdvice, dockerFailureKind } from './failures.ts'
import type { DockerFailureKind } from './failures.ts'
import { readImageId } from './output.ts'

/** The four things the parent asks of docker. Each rejects with a ParentError: `IMAGE_UNKNOWN` or `DOCKER_FAILED`. */
export interface Docker {
  /** The id (`sha256:…`, the digest of its configuration) of an image of this host. */
  inspectImageId: (image: string, signal: AbortSignal) => Promise<string>
  /** Fetches an image from its registry. */
  pull: (image: string, signal: AbortSignal) => Promise<void>
  /** Gives the image of that id a name. */
  tag: (imageId: string, tag: string, signal: AbortSignal) => Promise<void>
  /** Builds `dockerfile` without any context under the name `tag`; the image's id. `base` is what it builds from, for the error. */
  build: (tag: string, dockerfile: string, base: string, signal: AbortSignal) => Promise<string>
}

const buildTimeoutMs = 10 * 60_000
const pullTimeoutMs = 10 * 60_000
const inspectTimeoutMs = 60_000

interface Call {
  args: string[]
  /** The image that is looked for, for the error. */
  image: string
  input?: string
  timeout: number
  cancelSignal: AbortSignal
}

/** The real docker: the program `executable`, a path or a name on PATH. */
export function createDocker (executable: string): Docker {
  const call = async (command: string, { args, image, ...options }: Call): Promise<string> => {
    const running = execa(executable, args, 'input' in options ? options : { ...options, stdin: 'ignore' })
    const { stdout } = await running.catch((cause: unknown) => { throw toParentError(command, image, cause) })
    return stdout
  }
  return {
    inspectImageId: async (image, cancelSignal) => {
      const command = 'image inspect'
      const stdout = await call(command, { args: inspectImageIdArguments(image), image, timeout: inspectTimeoutMs, cancelSignal })
      return imageIdIn(stdout, command)
    },
    pull: async (image, cancelSignal) => {
      await call('pull', { args: pullArguments(image), image, timeout: pullTimeoutMs, cancelSignal })
    },
    tag: async (imageId, tag, cancelSignal) => {
      await call('tag', { args: tagArguments(imageId, tag), image: imageId, timeout: inspectTimeoutMs, cancelSignal })
    },
    build: async (tag, input, image, cancelSignal) =>
      imageIdIn(await call('build', { args: buildArguments(tag), image, input, timeout: buildTimeoutMs, cancelSignal }), 'build'),
  }
}

function imageIdIn (stdout: string, command: string): string {
  const id = readImageId(stdout)
  if (id === undefined) throw new ParentError('DOCKER_FAILED', `docker ${command} did not print an image id`, { command, exitCode: 0, kind: 'other' })
  return id
}

const unknownImage: ReadonlySet<DockerFailureKind> = new Set<DockerFailureKind>(['image-unknown', 'pull-denied'])

function toParentError (command: string, image: string, cause: unknown): ParentError {
  const { exitCode, stderr, code, timedOut } = cause instanceof ExecaError ? cause : {}
  const said = typeof stderr === 'string' ? stderr : ''
  const kind = code === 'ENOENT' || code === 'EACCES' ? 'program-missing' : dockerFailureKind(said)
  const advice = dockerAdvice[kind]
  if (unknownImage.has(kind)) {
    return new ParentError('IMAGE_UNKNOWN', `there is no image ${image} on this host (${kind}): ${advice}`, { image }, { cause })
  }
  const words = said.replace(/\s+/g, ' ').trim().slice(-300)
  const reason = kind === 'program-missing' ? 'the program was not found' : timedOut === true ? 'it took too long' : words
  const message = `docker ${command} failed (${kind}): ${reason}${advice === '' ? '' : `; ${advice}`}`
  return new ParentError('DOCKER_FAILED', message, { command, exitCode, kind }, { cause })
}
