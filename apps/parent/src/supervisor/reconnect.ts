import { ProtocolError } from '@enclave-signer/protocol'
import type { ProtocolClient } from '@enclave-signer/protocol'

import { backoffMs } from '../backoff.ts'
import { messageOf, ParentError } from '../errors.ts'
import type { LaunchedEnclave } from '../nitro-cli/output.ts'
import type { EnclaveRelay } from '../relay/relays.ts'
import { wait } from '../wait.ts'
import type { EnclaveHost } from './enclave-host.ts'
import { gone } from './gone.ts'
import type { Lifecycle } from './lifecycle.ts'
import { isPermanent } from './permanent-failure.ts'

/** What reaching a launched enclave needs. */
export interface ReconnectOptions {
  lifecycle: Lifecycle
  host: Pick<EnclaveHost, 'runState' | 'isStopped'>
  relay: Pick<EnclaveRelay, 'replace'>
  /** Reaches the relay's port. */
  connect: (signal: AbortSignal) => Promise<ProtocolClient>
  /** Has the enclave answer `hello` within `deadlineMs`: before that, only the relay is known to be there. */
  greet: (enclave: ProtocolClient, deadlineMs: number, signal: AbortSignal) => Promise<unknown>
}

/** How long things may take, in milliseconds: a fresh enclave may still be busy coming up, one that was ready answers at once. */
interface Patience {
  helloDeadlineMs: number
  /** Failed attempts before nitro-cli is asked whether the enclave runs at all: asking takes longer than a relay to come up. */
  attempts: number
  replaceRelayAfterMs: number
  giveUpAfterMs: number
}

const withFresh: Patience = { helloDeadlineMs: 5000, attempts: 4, replaceRelayAfterMs: 20_000, giveUpAfterMs: 60_000 }
const withKnown: Patience = { helloDeadlineMs: 500, attempts: 1, replaceRelayAfterMs: 3000, giveUpAfterMs: 10_000 }

const connectBackoff = { firstMs: 30, maxMs: 250 }

/**
 * Connects to the enclave and greets it, by the smallest repair that helps: again; through a relay that was started afresh; or not at all,
 * where a new enclave is what helps.
 *
 * @param wasReady - whether this enclave has taken requests before.
 * @throws ParentError `ENCLAVE_GONE`, `ENCLAVE_NEVER_READY`, `ENCLAVE_UNRESPONSIVE`, `ENCLAVE_DIFFERS`; the last attempt's error; an
 * abort's reason when `signal` aborts.
 */
export async function reconnect (
  options: ReconnectOptions, { enclaveId }: LaunchedEnclave, wasReady: boolean, signal: AbortSignal
): Promise<ProtocolClient> {
  const { lifecycle, host, relay } = options
  const patience = wasReady ? withKnown : withFresh
  const startedMs = performance.now()
  if (wasReady && await host.isStopped(enclaveId)) throw unresponsive(enclaveId)
  let unanswered = 0
  let relayReplaced = false
  for (let failures = 1; ; failures++) {
    try {
      return await connectAndGreet(options, patience.helloDeadlineMs, signal)
    } catch (error) {
      signal.throwIfAborted()
      const elapsedMs = performance.now() - startedMs
      if (isPermanent(error) || elapsedMs > patience.giveUpAfterMs) throw error
      // An enclave that is there and mute: nitro-cli takes seconds over one that hangs, and need not be asked while the new relay comes up.
      const relayComing = unanswered > 0 && elapsedMs < patience.replaceRelayAfterMs
      if (isUnanswered(error)) {
        if (++unanswered > 1 || await host.isStopped(enclaveId)) throw unresponsive(enclaveId, error)
      } else if (failures >= patience.attempts && !relayComing && await host.runState(enclaveId, signal) === 'gone') {
        throw gone(enclaveId, wasReady, messageOf(error))
      }
      if (!relayReplaced && (unanswered > 0 || elapsedMs > patience.replaceRelayAfterMs)) relayReplaced = relay.replace(messageOf(error))
      if (failures >= patience.attempts) lifecycle.apply({ type: 'held-up', reason: messageOf(error) })
    }
    await wait(backoffMs(failures, connectBackoff), signal)
  }
}

async function connectAndGreet ({ connect, greet }: ReconnectOptions, deadlineMs: number, signal: AbortSignal): Promise<ProtocolClient> {
  const client = await connect(signal)
  try {
    await greet(client, deadlineMs, signal)
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

function isUnanswered (error: unknown): boolean {
  return error instanceof ProtocolError && error.code === 'DEADLINE_EXCEEDED'
}

function unresponsive (enclaveId: string, cause?: unknown): ParentError {
  return new ParentError('ENCLAVE_UNRESPONSIVE', `the enclave ${enclaveId} runs and does not answer`, { enclaveId }, { cause })
}
