import { failure } from '../command-result.ts'
import type { CommandResult } from '../command-result.ts'
import { readOptions, unknownFlag } from '../options.ts'

/** `docker pull <image>`: refused as docker does where the registry does not know an image; here there is no registry. */
export function pull (args: readonly string[]): CommandResult {
  const options = readOptions(args, { flags: ['--quiet', '-q'], values: ['--platform'] })
  if ('unknown' in options) return unknownFlag(options.unknown, 'pull')
  const [image, ...rest] = options.operands
  if (image === undefined || rest.length > 0) {
    return failure(1, "docker: 'docker pull' requires 1 argument\n\nUsage:  docker pull [OPTIONS] NAME[:TAG|@DIGEST]\n\nSee 'docker pull --help' for more information")
  }
  const repository = image.replace(/(?::[^/]+|@sha256:[0-9a-f]{64})$/, '')
  return failure(1, `Error response from daemon: pull access denied for ${repository}, repository does not exist or may require 'docker login'`)
}
