import { createHash, randomBytes } from 'node:crypto'
import { createClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { EnclaveConfig } from './config/config.ts'
import { kmsHostOf } from './config/kms-host.ts'
import { KeyRing } from './keys/key-ring.ts'
import { amazonRoots } from './kms/amazon-roots.ts'
import { AttestedKms } from './kms/attested-kms.ts'
import { KmsCalls } from './kms/kms-calls.ts'
import { logKms } from './kms/logged-kms.ts'
import { writeToConsole } from './log.ts'
import type { Log } from './log.ts'
import { createJournal } from './log/journal.ts'
import type { Journal } from './log/journal.ts'
import { openNsmDevice } from './nsm/nsm-device.ts'
import type { Nsm } from './nsm/nsm.ts'
import { createRecipient } from './recipient/recipient.ts'
import { createHandlers } from './server/handlers.ts'
import { watchHealth } from './server/health.ts'
import { listen } from './server/listener.ts'
import { blindSecp256k1 } from './signing/secp256k1-key.ts'
import { enclaveVersion } from './version.ts'

/** What stands in for the outside world, and what the boot sequence has already. */
export interface EnclaveOverrides {
  /** Instead of the device `/dev/nsm`. */
  readonly nsm?: Nsm
  /** Instead of Amazon's roots, as PEM. */
  readonly kmsTlsRoots?: readonly string[]
  /** The kernel's clock, Unix time in milliseconds. */
  readonly now?: () => number
  /** Instead of the console: told everything, what the bounds of the log leave out too. */
  readonly log?: Log
  /** The clock in use, instead of a new one on `now`. */
  readonly clock?: Clock
  /** The journal in use, which has begun, instead of a new one. */
  readonly journal?: Journal
}

/** A running enclave. */
export interface Enclave extends AsyncDisposable {
  /** Settles when the enclave has stopped. */
  readonly closed: Promise<void>
  /** Stops listening, drops the connections and erases every key. */
  close (): Promise<void>
}

/**
 * Puts the enclave together and lets it listen. Nothing of what it trusts comes from the parent.
 *
 * @returns when it listens.
 * @throws EnclaveError `NSM_FAILED` without an NSM; a system error when the socket cannot be listened on.
 */
export async function createEnclave (config: EnclaveConfig, overrides: EnclaveOverrides = {}): Promise<Enclave> {
  const { nsm = openNsmDevice('/dev/nsm'), kmsTlsRoots = amazonRoots, clock = createClock(overrides.now) } = overrides
  const { now } = clock
  const journal = overrides.journal ?? createJournal({ now, write: overrides.log === undefined ? writeToConsole : () => undefined })
  const log: Log = entry => {
    overrides.log?.(entry)
    journal.log(entry)
  }
  if (overrides.journal === undefined) log({ level: 'info', event: 'enclave.booted', version: enclaveVersion })
  blindSecp256k1(await blindingSeed(nsm))
  const kms = new AttestedKms({
    region: config.region,
    keyArn: config.kmsKeyArn,
    connection: { socketPath: config.kmsSocket, host: kmsHostOf(config.region), roots: kmsTlsRoots },
    recipient: await createRecipient(nsm),
    clock,
    onClockCorrected: offsetMs => { log({ level: 'warn', event: 'kms.clock-corrected', offsetMs }) },
  })
  const kmsCalls = new KmsCalls()
  const keys = new KeyRing({ kms: logKms(kms, log, kmsCalls), capacity: config.limits.keys, now, log })
  const health = watchHealth()
  const listener = await listen({
    socketPath: config.listenSocket,
    handlers: createHandlers({ config, keys, kms, kmsCalls, nsm, health, journal, now, log }),
    maxConnections: config.limits.connections,
    requestsInFlight: config.limits.requestsInFlight,
    log,
  })
  log({ level: 'info', event: 'enclave.listening' })

  const close = async (): Promise<void> => {
    await listener.close()
    kms.close()
    keys.clear()
    health.close()
  }
  return { closed: listener.closed, close, [Symbol.asyncDispose]: close }
}

/** The kernel's random bytes and the NSM's, so that neither alone decides. */
async function blindingSeed (nsm: Nsm): Promise<Buffer> {
  return createHash('sha256').update(randomBytes(32)).update(await nsm.random()).digest()
}
