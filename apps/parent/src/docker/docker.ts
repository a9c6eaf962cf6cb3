import { execa, ExecaError } from 'execa'

import { ParentError } from '../errors.ts'
import { buildArguments, inspectImageIdArguments } from './arguments.ts'
import { readImageId, saysUnknownImage } from './output.ts'

/** The two things the parent asks of docker. */
export interface Docker {
  /**
   * The id (`sha256:…`, the digest of its configuration) of an image of this host.
   *
   * @throws ParentError `IMAGE_UNKNOWN` or `DOCKER_FAILED`.
   */
  inspectImageId: (image: string, signal: AbortSignal) => Promise<string>
  /**
   * Builds `dockerfile` without any context under the name `tag`; the image's id.
   *
   * @throws ParentError `DOCKER_FAILED`.
   */
  build: (tag: string, dockerfile: string, signal: AbortSignal) => Promise<string>
}

const buildTimeoutMs = 10 * 60_000
const inspectTimeoutMs = 60_000

/** The real docker: the program `executable`, a path or a name on PATH. */
export function createDocker (executable: string): Docker {
  return {
    inspectImageId: async (image, cancelSignal) => {
      const command = 'image inspect'
      const running = execa(executable, inspectImageIdArguments(image), { stdin: 'ignore', timeout: inspectTimeoutMs, cancelSignal })
      const { stdout } = await running.catch((cause: unknown) => { throw toParentError(command, image, cause) })
      return imageIdIn(stdout, command)
    },
    build: async (tag, dockerfile, cancelSignal) => {
      const command = 'build'
      const running = execa(executable, buildArguments(tag), { input: dockerfile, timeout: buildTimeoutMs, cancelSignal })
      const { stdout } = await running.catch((cause: unknown) => { throw toParentError(command, tag, cause) })
      return imageIdIn(stdout, command)
    },
  }
}

function imageIdIn (stdout: string, command: string): string {
  const id = readImageId(stdout)
  if (id === undefined) throw new ParentError('DOCKER_FAILED', `docker ${command} did not print an image id`, { command, exitCode: 0 })
  return id
}

function toParentError (command: string, image: string, cause: unknown): ParentError {
  const { exitCode, stderr, code } = cause instanceof ExecaError ? cause : {}
  const said = typeof stderr === 'string' ? stderr : ''
  if (command === 'image inspect' && saysUnknownImage(said)) {
    return new ParentError('IMAGE_UNKNOWN', `there is no image ${image} on this host`, { image }, { cause })
  }
  const reason = code === 'ENOENT' ? 'the program was not found' : said.replace(/\s+/g, ' ').trim().slice(-300)
  return new ParentError('DOCKER_FAILED', `docker ${command} failed: ${reason}`, { command, exitCode }, { cause })
}
