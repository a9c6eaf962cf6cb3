import type { ProtocolClient } from '@enclave-signer/protocol'

import { backoffMs } from '../backoff.ts'
import { messageOf, ParentError } from '../errors.ts'
import type { NitroCli } from '../nitro-cli/nitro-cli.ts'
import type { LaunchedEnclave } from '../nitro-cli/output.ts'
import { wait } from '../wait.ts'
import type { Lifecycle } from './lifecycle.ts'
import { isPermanent } from './permanent-failure.ts'

/** What reaching a launched enclave needs. */
export interface ReconnectOptions {
  lifecycle: Lifecycle
  nitroCli: Pick<NitroCli, 'describeEnclaves'>
  /** Reaches the relay's port. */
  connect: (signal: AbortSignal) => Promise<ProtocolClient>
  /** Has the enclave answer `hello`: before that, only the relay is known to be there. */
  greet: (enclave: ProtocolClient, signal: AbortSignal) => Promise<unknown>
}

const connectBackoff = { firstMs: 30, maxMs: 2000 }
/** A relay that just starts, and an enclave that just boots, refuse a few times: no reason to ask nitro-cli. */
const patientAttempts = 4
const giveUpAfterMs = 60_000

/**
 * Connects to the enclave and greets it, however long that takes while it runs; at most a minute, after which a new one is the better way.
 *
 * @throws ParentError `ENCLAVE_GONE`, `ENCLAVE_DIFFERS`, or the last attempt's error; an abort's reason when `signal` aborts.
 */
export async function reconnect (options: ReconnectOptions, { enclaveId }: LaunchedEnclave, signal: AbortSignal): Promise<ProtocolClient> {
  const { lifecycle, nitroCli } = options
  const wasConnected = lifecycle.state.name === 'connecting' && lifecycle.state.reason !== undefined
  const startedMs = performance.now()
  if (wasConnected) await checkIsRunning(nitroCli, enclaveId, signal)
  for (let failures = 1; ; failures++) {
    try {
      return await connectAndGreet(options, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (isPermanent(error) || performance.now() - startedMs > giveUpAfterMs) throw error
      if (failures >= patientAttempts) {
        await checkIsRunning(nitroCli, enclaveId, signal)
        lifecycle.apply({ type: 'held-up', reason: messageOf(error) })
      }
    }
    await wait(backoffMs(failures, connectBackoff), signal)
  }
}

async function connectAndGreet ({ connect, greet }: ReconnectOptions, signal: AbortSignal): Promise<ProtocolClient> {
  const client = await connect(signal)
  try {
    await greet(client, signal)
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

async function checkIsRunning (nitroCli: Pick<NitroCli, 'describeEnclaves'>, enclaveId: string, signal: AbortSignal): Promise<void> {
  const enclaves = await nitroCli.describeEnclaves(signal)
  if (!enclaves.some(enclave => enclave.enclaveId === enclaveId && enclave.running)) {
    throw new ParentError('ENCLAVE_GONE', `the enclave ${enclaveId} does not run any more`, { enclaveId })
  }
}
