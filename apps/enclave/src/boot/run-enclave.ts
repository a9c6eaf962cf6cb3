import { createClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { configFromEnvironment } from '../config/environment.ts'
import { createEnclave } from '../enclave.ts'
import type { Enclave } from '../enclave.ts'
import { writeToConsole } from '../log.ts'
import { createJournal } from '../log/journal.ts'
import type { Journal } from '../log/journal.ts'
import { openNsmDevice } from '../nsm/nsm-device.ts'
import type { NsmModule } from '../nsm/nsm.ts'
import { enclaveVersion } from '../version.ts'
import { startBridges } from './bridges.ts'
import type { Bridges } from './bridges.ts'
import { switchOffCoreDumps } from './core-dumps.ts'
import { checkMachine } from './machine.ts'
import { dropRoot } from './privileges.ts'
import { mixRandomness } from './randomness.ts'
import { startReaper } from './reaper.ts'
import { describeNsm, lockRegisters } from './registers.ts'
import { makeRunDirectories } from './run-directory.ts'
import { setClock } from './set-clock.ts'
import { Steps } from './steps.ts'
import { stopSignal } from './stop-signal.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What stands in for the outside world. The enclave's own program passes none of these. */
export interface BootOverrides {
  /** Instead of the device `/dev/nsm`. */
  readonly nsm?: NsmModule
  /** Instead of Amazon's roots, as PEM. */
  readonly kmsTlsRoots?: readonly string[]
}

/**
 * The whole life of an enclave's process, from what init left undone to its end: exit status 0 when it was asked to stop; 1, and
 * `enclave.failed` as the last line of the console, when it cannot go on. In an enclave the end of this process is the end of the
 * enclave, and the parent starts another one.
 *
 * @param env - the environment, which is part of the measured image.
 */
export async function runEnclave (env: Environment, overrides: BootOverrides = {}): Promise<never> {
  const life = beginLife()
  try {
    const { enclave, bridges } = await boot(env, overrides, life)
    life.steps.enter('running')
    try {
      await Promise.race([aborted(life.stop), bridges.ended])
    } finally {
      // First no more work, then no keys, and the bridges, which hold none, last.
      await enclave.close()
      await bridges.end()
    }
  } catch (error) {
    if (error !== life.stop.reason) life.fail(error)
  }
  life.journal.log({ level: 'info', event: 'enclave.stopped' })
  process.exit(0)
}

interface Life {
  readonly clock: Clock
  readonly journal: Journal
  readonly stop: AbortSignal
  readonly steps: Steps
  readonly fail: (error: unknown) => never
}

function beginLife (): Life {
  const clock = createClock()
  const journal = createJournal({ now: clock.now, write: writeToConsole })
  journal.log({ level: 'info', event: 'enclave.booted', version: enclaveVersion })
  const stop = stopSignal(journal.log)
  const steps = new Steps(journal.log, stop)
  const fail = (error: unknown): never => {
    steps.fail(error)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  return { clock, journal, stop, steps, fail }
}

interface Booted {
  readonly enclave: Enclave
  readonly bridges: Bridges
}

async function boot (env: Environment, overrides: BootOverrides, { clock, journal, steps }: Life): Promise<Booted> {
  const { log } = journal
  const config = await steps.do('settings', () => configFromEnvironment(env))
  await steps.do('machine', checkMachine)
  // Before there is anything in memory that is worth a dump.
  await steps.do('core-dumps', switchOffCoreDumps)
  // As root, whatever the device's mode; the open device outlives the drop.
  const nsm = await steps.do('nsm', () => overrides.nsm ?? openNsmDevice('/dev/nsm'))
  await describeNsm(nsm, log)
  // Before the first key: the recipient's key pair, TLS sessions and all that follow are drawn from what is mixed here.
  await steps.do('randomness', () => mixRandomness(nsm, log))
  // Before anybody outside can ask for a document.
  await steps.do('registers', () => lockRegisters(nsm))
  await steps.do('clock', () => setClock(nsm, log))
  await steps.do('run-directory', () => { makeRunDirectories([config.listenSocket, config.kmsSocket]) })
  // The last that needed root is done. What follows takes bytes from outside, and the bridges must not be root's either.
  await steps.do('privileges', dropRoot)
  const reaper = startReaper()
  // The program listens before a bridge lets anybody in.
  const enclave = await steps.do('listener', () => createEnclave(config, { ...overrides, nsm, clock, journal }))
  const bridges = await steps.do('bridges', () => startBridges(config, { path: env.PATH, reaper, log }))
  return { enclave, bridges }
}

async function aborted (signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise(resolve => { signal.addEventListener('abort', resolve, { once: true }) })
}
