import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BridgeName } from '@enclave-signer/protocol'
import type { EnclaveConfig } from '../config/config.ts'
import { kmsBridgeArguments, parentBridgeArguments } from './bridge-arguments.ts'
import { keepBridge } from './bridge.ts'
import type { BridgeOptions } from './bridge.ts'

/** Both bridges, running. */
export interface Bridges {
  /** Rejects when one of them will not stay up; settles when both have been ended. */
  readonly ended: Promise<unknown>
  /** Ends both, with all that they have forked. */
  end (): Promise<void>
}

const lookAgainMs = 5

/** Starts the two bridges and keeps them up; the one to KMS listens before the one from the parent lets a request in that needs it. */
export async function startBridges (config: EnclaveConfig, options: Pick<BridgeOptions, 'path' | 'reaper' | 'log'>): Promise<Bridges> {
  const over = new AbortController()
  const all: Promise<void>[] = []
  const start = async (name: BridgeName, args: readonly string[], isUp: () => boolean): Promise<void> => {
    let started = false
    const ended = keepBridge({ ...options, name, args }, () => { started = true }, over.signal)
    all.push(ended)
    await Promise.race([until(() => started && isUp(), over.signal), ended])
  }
  try {
    await start('kms', kmsBridgeArguments(config), () => existsSync(config.kmsSocket))
    await start('parent', parentBridgeArguments(config), () => true)
  } catch (error) {
    over.abort()
    throw error
  }
  const ended = Promise.all(all)
  ended.catch(() => undefined)
  return {
    ended,
    end: async () => {
      over.abort()
      await Promise.allSettled(all)
    },
  }
}

async function until (condition: () => boolean, signal: AbortSignal): Promise<void> {
  while (!condition() && !signal.aborted) await sleep(lookAgainMs)
}
