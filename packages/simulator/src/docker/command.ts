import { SimulatorError } from '../errors.ts'
import { applyInstructions, parseDockerfile } from './dockerfile.ts'
import type { Image } from './image.ts'
import { inspected } from './inspected.ts'
import type { ImageStore } from './image-store.ts'

/** What a command prints, and its exit status. */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** What a command works on. */
export interface DockerContext {
  readonly store: ImageStore
  /** Reads standard input to its end. */
  readonly readInput: () => Promise<string>
}

/** The version whose texts these are. */
const dockerVersion = 'Docker version 28.3.3, build simulated'

/** Runs a docker command line: `build … -`, `image inspect`, `--version`. Anything else is refused as docker does. */
export async function runDocker (args: readonly string[], context: DockerContext): Promise<CommandResult> {
  const [command, ...rest] = args
  if (command === '--version' || command === '-v') return success(dockerVersion)
  if (command === 'build') return await build(rest, context)
  if (command === 'image' && rest[0] === 'inspect') return await inspect(rest.slice(1), context)
  if (command === 'inspect') return await inspect(rest, context)
  return failure(1, `docker: unknown command: docker ${[command, ...rest.slice(0, 1)].join(' ').trim()}\n\nRun 'docker --help' for more information`)
}

async function build (args: readonly string[], { store, readInput }: DockerContext): Promise<CommandResult> {
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

/** A base that is not here would be pulled; there is no registry. */
async function getBase (store: ImageStore, reference: string): Promise<Image> {
  try {
    return await store.get(reference)
  } catch (cause) {
    const message = `${reference}: failed to resolve source metadata for docker.io/library/${reference}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`
    throw new SimulatorError('IMAGE_NOT_FOUND', message, { cause, facts: { subject: reference } })
  }
}

async function inspect (args: readonly string[], { store }: DockerContext): Promise<CommandResult> {
  const options = readOptions(args, { flags: [], values: ['--format', '-f'] })
  if ('unknown' in options) return unknownFlag(options.unknown, 'image inspect')
  if (options.operands.length === 0) {
    return failure(1, "docker: 'docker image inspect' requires at least 1 argument\n\nUsage:  docker image inspect [OPTIONS] IMAGE [IMAGE...]\n\nSee 'docker image inspect --help' for more information")
  }
  const format = options.values.get('--format') ?? options.values.get('-f')
  const found: Image[] = []
  const errors: string[] = []
  for (const reference of options.operands) {
    try {
      found.push(await store.get(reference))
    } catch {
      errors.push(`Error: No such image: ${reference}\n`)
    }
  }
  const stdout = format === undefined
    ? JSON.stringify(found.map(inspected), null, 4)
    : found.map((image) => render(format, image)).join('\n')
  return { stdout: `${stdout}\n`, stderr: errors.join(''), exitCode: errors.length > 0 ? 1 : 0 }
}

/** A Go template with `{{.Name}}` or `{{.Name.Name}}` places, and `{{json …}}` of them. */
function render (template: string, image: Image): string {
  return template.replace(/\{\{\s*(json\s+)?\.([\w.]*)\s*\}\}/g, (_, json: string | undefined, path: string) => {
    const value = path.split('.').filter((name) => name !== '').reduce<unknown>((object, name) => {
      return (object as Record<string, unknown> | undefined)?.[name]
    }, inspected(image))
    return json === undefined && typeof value === 'string' ? value : JSON.stringify(value)
  })
}

interface Options {
  readonly values: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

/** The options a command knows: without a value, and with one. */
interface KnownOptions {
  readonly flags: readonly string[]
  readonly values: readonly string[]
}

function readOptions (args: readonly string[], known: KnownOptions): Options | { unknown: string } {
  const values = new Map<string, string>()
  const operands: string[] = []
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    const [name = '', value] = argument.startsWith('--') ? argument.split(/=(.*)/s, 2) : [argument]
    if (known.flags.includes(name)) continue
    if (known.values.includes(name)) values.set(name, value ?? args[++index] ?? '')
    else if (argument.startsWith('-') && argument !== '-') return { unknown: name }
    else operands.push(argument)
  }
  return { values, operands }
}

function unknownFlag (flag: string, command: string): CommandResult {
  return failure(125, `unknown flag: ${flag}\n\nUsage:  docker ${command} [OPTIONS]\n\nRun 'docker ${command} --help' for more information`)
}

function success (stdout: string): CommandResult {
  return { stdout: `${stdout}\n`, stderr: '', exitCode: 0 }
}

function failure (exitCode: number, message: string): CommandResult {
  return { stdout: '', stderr: `${message}\n`, exitCode }
}
