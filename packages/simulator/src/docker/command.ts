import type { DockerFault } from '../faults/fault.ts'
import { failure, success } from './command-result.ts'
import type { CommandResult } from './command-result.ts'
import { build } from './commands/build.ts'
import { inspect } from './commands/inspect.ts'
import { pull } from './commands/pull.ts'
import { tag } from './commands/tag.ts'
import type { ImageStore } from './image-store.ts'

/** What a command works on. */
export interface DockerContext {
  readonly store: ImageStore
  /** Reads standard input to its end. */
  readonly readInput: () => Promise<string>
}

/** The version whose texts these are. */
const dockerVersion = 'Docker version 28.3.3, build simulated'

/** Runs a docker command line: `build … -`, `image inspect`, `pull`, `tag`, `--version`. Anything else is refused as docker does. */
export async function runDocker (args: readonly string[], { store, readInput }: DockerContext): Promise<CommandResult> {
  const [command, ...rest] = withoutGroup(args)
  if (command === '--version' || command === '-v') return success(dockerVersion)
  if (command === 'build') return await build(rest, store, readInput)
  if (command === 'inspect') return await inspect(rest, store)
  if (command === 'pull') return pull(rest)
  if (command === 'tag') return await tag(rest, store)
  return failure(1, `docker: unknown command: docker ${args.slice(0, 2).join(' ').trim()}\n\nRun 'docker --help' for more information`)
}

/** Where in the list of faults a command line stands. */
export function faultPointOf (args: readonly string[]): DockerFault['at'] | undefined {
  return faultPoints.get(withoutGroup(args)[0] ?? '')
}

const faultPoints: ReadonlyMap<string, DockerFault['at']> = new Map([
  ['build', 'docker build'], ['inspect', 'docker image inspect'], ['pull', 'docker pull'], ['tag', 'docker tag'], ['--version', 'docker --version'],
])

/** `docker image build` and its siblings are the same as without `image`. */
function withoutGroup (args: readonly string[]): readonly string[] {
  return args[0] === 'image' ? args.slice(1) : args
}
