import { checkLogLine } from '@enclave-signer/protocol'
import type { LogLine } from '@enclave-signer/protocol'

import type { ConsoleLine } from './console-line.ts'

type Failure = Extract<LogLine, { event: 'enclave.failed' }>

/** As much of a line as a reason has room for. */
const maxLength = 200

/** What an enclave said last on its console. */
export class LastWords {
  #line: string | undefined
  #failure: Failure | undefined

  /** Why it failed, where it said so: init and the kernel have more to say after that. The last line otherwise. */
  get text (): string | undefined {
    if (this.#failure !== undefined) return `${this.#failure.event} in the step "${this.#failure.step}": ${this.#failure.code}`
    return this.#line
  }

  hear (line: ConsoleLine): void {
    if (line.source !== 'console' || line.line === '') return
    this.#line = line.line.slice(0, maxLength)
    this.#failure = failureIn(line.line) ?? this.#failure
  }

  forget (): void {
    this.#line = undefined
    this.#failure = undefined
  }
}

function failureIn (text: string): Failure | undefined {
  try {
    const line: unknown = JSON.parse(text)
    checkLogLine(line)
    return line.event === 'enclave.failed' ? line : undefined
  } catch {
    return undefined
  }
}
