import { ExecaError } from 'execa'

/**
 * Why a `nitro-cli` call failed: its own error code, or what kept it from giving one. `INVALID_OUTPUT` is an answer of another
 * shape than nitro-cli 1.x prints; `DISK_FULL` whatever code nitro-cli wraps it in.
 */
export type NitroCliErrorCode = `E${string}` | 'NOT_FOUND' | 'DISK_FULL' | 'TIMED_OUT' | 'ABORTED' | 'KILLED' | 'INVALID_OUTPUT' | 'UNEXPLAINED'

/** What is known of a failed call. */
export interface NitroCliFailure {
  /** Such as `run-enclave`. */
  command: string
  /** Undefined where the program never ran to its end. */
  exitCode: number | undefined
  /** nitro-cli's own sentence, at most 500 characters; empty where it printed none. */
  detail: string
  /** What it printed on standard output all the same. */
  stdout?: string
}

/** A `nitro-cli` call failed. */
export class NitroCliError extends Error {
  override readonly name = 'NitroCliError'
  readonly code: NitroCliErrorCode
  readonly command: string
  readonly exitCode: number | undefined
  readonly detail: string
  readonly stdout: string

  constructor (code: NitroCliErrorCode, { command, exitCode, detail, stdout = '' }: NitroCliFailure, options?: ErrorOptions) {
    super(`nitro-cli ${command} failed: ${code}${detail === '' ? '' : ` (${detail})`}`, options)
    this.code = code
    this.command = command
    this.exitCode = exitCode
    this.detail = detail
    this.stdout = stdout
  }
}

/**
 * The first `[ Exx ]` that nitro-cli printed: the cause. A failure inside the enclave process prints a second one, E39, which is
 * only the connection to that process being lost, and the exit status is that second one's number.
 */
export function firstErrorIn (stderr: string): { code: `E${string}`, detail: string } | undefined {
  const match = /^\[ (E\d{2,3}) \] ?([^]*?)(?:\n\s*\n|(?![^]))/m.exec(stderr)
  if (match === null) return undefined
  const [, code = 'E00', detail = ''] = match
  return { code: code as `E${string}`, detail: detail.replace(/\s+/g, ' ').trim().slice(0, 500) }
}

/** Translates what execa threw, once. */
export function toNitroCliError (command: string, error: unknown): NitroCliError {
  if (!isExecaError(error)) return new NitroCliError('UNEXPLAINED', { command, exitCode: undefined, detail: '' }, { cause: error })
  const stderr = typeof error.stderr === 'string' ? error.stderr : ''
  const stdout = typeof error.stdout === 'string' ? error.stdout : ''
  const full = lineAbout(diskFull, stderr)
  const printed = firstErrorIn(stderr)
  const code = full !== undefined ? 'DISK_FULL' : printed?.code ?? codeOf(error)
  return new NitroCliError(code, { command, exitCode: error.exitCode, detail: full ?? printed?.detail ?? '', stdout }, { cause: error })
}

const diskFull = /no space left on device|ENOSPC|disk quota exceeded/i

function lineAbout (what: RegExp, text: string): string | undefined {
  return text.split('\n').find(line => what.test(line))?.trim().slice(0, 500)
}

function isExecaError (error: unknown): error is ExecaError {
  return error instanceof ExecaError
}

function codeOf (error: Pick<ExecaError, 'isCanceled' | 'timedOut' | 'code' | 'signal'>): NitroCliErrorCode {
  if (error.isCanceled) return 'ABORTED'
  if (error.timedOut) return 'TIMED_OUT'
  if (error.code === 'ENOENT' || error.code === 'EACCES') return 'NOT_FOUND'
  return error.signal === undefined ? 'UNEXPLAINED' : 'KILLED'
}
