import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

import { createAudit } from './audit/create-audit.ts'
import type { Audit } from './audit/audit.ts'
import type { ParentConfig } from './config/config.ts'
import { syncDirectory } from './journal/sync-directory.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics/metrics.ts'
import { takeLaunchLock } from './supervisor/launch-lock.ts'
import { Watermarks } from './watermark/watermarks.ts'

/** What the service writes down about what it does: nobody else writes there until these are disposed of. */
export interface Records extends AsyncDisposable {
  readonly audit: Audit
  readonly watermarks: Watermarks
}

/** What the records are made of. */
export interface RecordsOptions {
  config: Pick<ParentConfig, 'dataDir' | 'audit' | 'enclave'>
  metrics: Metrics
  log: Logger
  /** Unix time in milliseconds. */
  now: () => number
}

/** Time for a service that is being replaced to end. */
const mostLockWaitMs = 5000

/** @throws Error where another process has DATA_DIR, or the audit log is not as it was written. */
export async function openRecords ({ config, metrics, log, now }: RecordsOptions): Promise<Records> {
  const { dataDir, audit: { mode, fileBytes }, enclave: { name } } = config
  await using opened = new AsyncDisposableStack()
  const made = await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (made !== undefined) await syncDirectory(dirname(dataDir))
  opened.use(await lockFolder(dataDir, name))
  const watermarks = await Watermarks.open({ dataDir, metrics, log, now })
  opened.defer(async () => { await watermarks.close() })
  const { audit } = opened.use(await createAudit({ dataDir, mode, fileBytes, metrics, log, now }))
  const owned = opened.move()
  return { audit, watermarks, [Symbol.asyncDispose]: async () => { await owned.disposeAsync() } }
}

/**
 * The launch lock's kind of lock: the kernel lets go of it the moment that its holder's process is gone. Unlike a launch, nothing goes on
 * without it, and a holder that does not answer is never taken for dead.
 */
async function lockFolder (path: string, holder: string): Promise<AsyncDisposable> {
  const directory = await open(path, 'r')
  let refused: string | undefined
  const lock = await takeLaunchLock({
    // A Unix socket's path has at most 107 bytes; this one is short whatever DATA_DIR is called.
    path: `/proc/self/fd/${directory.fd}/lock`,
    holder,
    onWait: () => undefined,
    onUnusable: reason => { refused = reason },
    signal: new AbortController().signal,
    mostWaitMs: mostLockWaitMs,
    greetingMs: 2 * mostLockWaitMs,
  })
  if (refused === undefined) return { [Symbol.asyncDispose]: async () => { await lock[Symbol.asyncDispose](); await directory.close() } }
  await directory.close()
  throw new Error(`DATA_DIR is in use by another process, or cannot be locked: ${refused}`)
}
