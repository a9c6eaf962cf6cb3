/** What a command prints, and its exit status. */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** A command that worked and prints one thing. */
export function success (stdout: string): CommandResult {
  return { stdout: stdout === '' ? '' : `${stdout}\n`, stderr: '', exitCode: 0 }
}

/** A command that did not. */
export function failure (exitCode: number, message: string): CommandResult {
  return { stdout: '', stderr: `${message}\n`, exitCode }
}
