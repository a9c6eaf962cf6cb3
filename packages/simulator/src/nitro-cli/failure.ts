import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { errorText } from './error-codes.ts'
import type { NitroCliErrorCode } from './error-codes.ts'

/** The version whose behaviour is simulated. */
export const nitroCliVersion = '1.5.0'

/** What goes with a failure's code and reason. */
export interface FailureOptions extends ErrorOptions {
  /** Facts for the places in the code's text. */
  readonly info?: readonly string[]
  /** What was being done, from the inside out. */
  readonly within?: readonly string[]
}

/** A failure of nitro-cli: its code, the facts in its text, and what was being done. */
export class NitroCliFailure extends Error {
  override readonly name = 'NitroCliFailure'
  readonly code: NitroCliErrorCode
  /** Facts for the places in the code's text. */
  readonly info: readonly string[]
  /** From the innermost, the reason, to the outermost. */
  readonly subactions: readonly string[]

  constructor (code: NitroCliErrorCode, reason: string, { info = [], within = [], cause }: FailureOptions = {}) {
    super(reason, { cause })
    this.code = code
    this.info = info
    this.subactions = [reason, ...within]
  }
}

/**
 * What the user sees of a failure: text, link, and the file in which the rest was written (src/common/mod.rs, `construct_error_message`).
 *
 * @param action - Such as `Run Enclave`.
 * @param logs - The folder of the err files; created when missing.
 */
export function reportFailure (failure: NitroCliFailure, action: string, logs: string): string {
  const logFile = writeErrorLog(backtrace(failure, action), logs)
  return [
    errorText(failure.code, failure.info),
    `For more details, please visit https://docs.aws.amazon.com/enclaves/latest/user/cli-errors.html#${failure.code}`,
    ...(process.env.BACKTRACE === '1' ? [`Backtrace:\n${backtrace(failure, action)}`] : []),
    `If you open a support ticket, please provide the error log found at "${logFile}"`,
  ].join('\n\n')
}

function backtrace ({ subactions }: NitroCliFailure, action: string): string {
  const lines = subactions.toReversed().map((subaction) => `    ${subaction}`)
  return [`  Action: ${action}`, '  Subactions:', ...lines, '  Root error file: packages/simulator', '  Root error line: 0', `  Version: ${nitroCliVersion}`].join('\n')
}

/** `err<RFC 3339 with nanoseconds>.log`; the clock here has milliseconds, the rest is random so that no two are the same. */
function writeErrorLog (text: string, logs: string): string {
  const time = new Date().toISOString().replace('Z', `${randomInt(1e6).toString().padStart(6, '0')}+00:00`)
  const path = join(logs, `err${time}.log`)
  mkdirSync(logs, { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
