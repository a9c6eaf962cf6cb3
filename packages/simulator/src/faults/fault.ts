import type { NitroCliCommand } from '../nitro-cli/command-specs.ts'
import type { NitroCliErrorCode } from '../nitro-cli/error-codes.ts'

/** What every fault says. */
interface At<Point extends string> {
  /** The executable with its command, or the endpoint, that goes wrong. */
  readonly at: Point
  /** How many runs or requests it is for, over all processes. Default: every one. */
  readonly times?: number
  /** Milliseconds of waiting before anything else. */
  readonly delayMs?: number
}

/** Ends an executable badly, or not at all. */
interface BadEnd {
  /** Prints on stderr: before the work, or before the end that is had in its place. A newline is added where it does not end with one. */
  readonly stderr?: string
  /** Ends with this status and does not work. */
  readonly exitCode?: number
  /** Does not work and never ends; `'ignoring-signals'`: only by SIGKILL, as SIGTERM, SIGINT and SIGHUP do nothing to it. */
  readonly hang?: true | 'ignoring-signals'
}

/** Spoils what an executable prints on stdout. */
interface BadOutput {
  /** The bad end comes when the work is done, and nothing is printed of it. */
  readonly afterWork?: true
  /** Only the first half of stdout is printed. */
  readonly partialJson?: true
  /** What belongs on stdout goes to stderr. */
  readonly wrongStream?: true
  /** Text around what is printed on stdout. */
  readonly noise?: { readonly before?: string, readonly after?: string }
}

/** A fault of one of nitro-cli's commands. */
export interface NitroCliFault extends At<`nitro-cli ${NitroCliCommand}`>, BadEnd, BadOutput {
  /** Fails with this code: the real text, link and err file, and the code's exit status. */
  readonly error?: NitroCliErrorCode
  /** Facts for the places in the code's text, in order. */
  readonly facts?: readonly string[]
  /** The innermost line of the err file, which tells what happened. */
  readonly reason?: string
  /**
   * `run-enclave` only: whether the error is nitro-cli's own, so that it stands alone. Otherwise the enclave process reports it, E39
   * follows, and the status is 39. Default: as the code is in the real tool.
   */
  readonly beforeFork?: boolean
  /** `run-enclave` only: the enclave that was started dies by itself so many milliseconds after it has booted. */
  readonly crashAfterMs?: number
}

/** A fault of docker. */
export interface DockerFault extends At<`docker ${'build' | 'image inspect' | 'pull' | 'tag' | '--version'}`>, BadEnd, BadOutput {}

/** A fault of one of the relays. */
export interface RelayFault extends At<'socat' | 'vsock-proxy'>, BadEnd {
  /** Works, and dies by itself so many milliseconds after its start: with `stderr` and `exitCode`, default 1. */
  readonly crashAfterMs?: number
}

/** A fault of the ECS agent's endpoints; of several kinds of end the first of these counts. */
export interface EcsFault extends At<'ecs credentials' | 'ecs metadata'> {
  /** Closes the connection with a TCP reset. */
  readonly reset?: true
  /** Never answers. */
  readonly hang?: true
  /** Answers with this status in place of 200. */
  readonly status?: number
  /** Answers with this text in place of the JSON. */
  readonly body?: string
}

/** One thing that goes wrong. A fault without an effect lets its `times` runs pass, so that a later one of the list has the next. */
export type Fault = NitroCliFault | DockerFault | RelayFault | EcsFault

/** Where a fault can be. */
export type FaultPoint = Fault['at']

/** The faults that a point can have. */
export type FaultAt<Point extends FaultPoint, Each = Fault> = Each extends Fault ? Point extends Each['at'] ? Each : never : never
