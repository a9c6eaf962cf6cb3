import { ProtocolError } from '@enclave-signer/protocol'
import type { ProtocolClient } from '@enclave-signer/protocol'

import { messageOf } from '../errors.ts'
import { unlessAborted } from '../wait.ts'
import { handOverCredentials, keepCredentialsFresh } from './credentials-handover.ts'
import type { HandoverOptions } from './credentials-handover.ts'
import { defaultPingBounds, pingUntilDead } from './health.ts'
import type { PingReport } from './health.ts'
import { checkAttestation } from './provision.ts'
import type { Expectations } from './provision.ts'
import type { EnclaveSession } from './supervisor.ts'
import { watchUntilGone } from './watch-host.ts'
import type { HostWatch } from './watch-host.ts'

/** What a session checks and reports. */
export interface SessionOptions {
  expectations: Expectations
  handover: HandoverOptions
  ping: PingReport
  host: HostWatch
}

/** One connection to an enclave, from its attestation to its end. */
export class Session implements EnclaveSession {
  readonly enclave: ProtocolClient
  readonly #options: SessionOptions
  readonly #over = new AbortController()
  #endReason: string | undefined
  #enclaveGone = false

  constructor (enclave: ProtocolClient, options: SessionOptions) {
    this.enclave = enclave
    this.#options = options
    enclave.closed.then(reason => { this.#end(reason?.message ?? 'the connection was closed') }, () => undefined)
  }

  /**
   * Attestation, then credentials; pings and renewals go on by themselves. False when the connection or `signal` ended it first. The
   * pings begin before the credentials, which may take any time to be had: an enclave that hangs meanwhile must be found too.
   *
   * @throws ParentError `ATTESTATION_REFUSED`; EnclaveError.
   */
  async provision (signal: AbortSignal): Promise<boolean> {
    const { expectations, handover } = this.#options
    const either = AbortSignal.any([signal, this.#over.signal])
    try {
      await checkAttestation(this.enclave, expectations)
      this.#inBackground(this.#watch(either))
      const expiresAt = await handOverCredentials(this.enclave, handover, either)
      this.#inBackground(keepCredentialsFresh(this.enclave, expiresAt, handover, either))
      return !either.aborted
    } catch (error) {
      if (!either.aborted && !(error instanceof ProtocolError)) throw error
      this.#endReason ??= messageOf(error)
      return false
    }
  }

  /** Settles when the connection has ended, or `signal` aborts. */
  async ended (signal: AbortSignal): Promise<void> {
    await unlessAborted(this.enclave.closed, signal)
  }

  /** Why the connection ended: the first reason there was. */
  endReason (): string {
    return this.#endReason ?? 'the connection was closed'
  }

  /** Whether nitro-cli says that the enclave is no more: then no new connection helps. */
  get enclaveGone (): boolean {
    return this.#enclaveGone
  }

  [Symbol.dispose] (): void {
    this.#over.abort()
    this.enclave.close()
  }

  #inBackground (work: Promise<unknown>): void {
    work.catch((error: unknown) => { this.#end(messageOf(error)) })
  }

  async #watch (signal: AbortSignal): Promise<void> {
    const { host } = this.#options
    const ping = { ...this.#options.ping, lastAnswerMs: () => this.enclave.lastAnswerMs }
    await Promise.all([
      pingUntilDead(this.enclave, ping, defaultPingBounds, signal).then(dead => { if (dead) this.#end('the enclave does not answer pings') }),
      watchUntilGone(host, signal).then(gone => {
        if (!gone) return
        this.#enclaveGone = true
        this.#end('nitro-cli does not list the enclave as running any more')
      }),
    ])
  }

  #end (reason: string): void {
    this.#endReason ??= reason
    this.#over.abort()
    this.enclave.close()
  }
}
