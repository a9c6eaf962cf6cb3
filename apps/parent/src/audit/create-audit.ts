import { join } from 'node:path'

import { JournalDamaged } from '../journal/check-journal-file.ts'
import { AuditLog } from './audit-log.ts'
import type { AuditLogOptions } from './audit-log.ts'
import { noAudit } from './audit.ts'
import type { Audit, AuditMode } from './audit.ts'

/** What the log is made of. */
export interface AuditOptions extends Omit<AuditLogOptions, 'directory' | 'mode'> {
  dataDir: string
  mode: AuditMode
}

/** The audit that the configuration asks for; disposing of it records the stop. */
export interface RunningAudit extends AsyncDisposable {
  readonly audit: Audit
}

/** @throws Error where the log is not as it was written: nothing is written behind that. */
export async function createAudit ({ dataDir, mode, ...options }: AuditOptions): Promise<RunningAudit> {
  if (mode === 'off') return { audit: noAudit, [Symbol.asyncDispose]: () => Promise.resolve() }
  try {
    const audit = await AuditLog.open({ ...options, mode, directory: join(dataDir, 'audit') })
    return { audit, [Symbol.asyncDispose]: () => audit.close() }
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error
    throw new Error(
      `the audit log is not as it was written: ${error.message}. Look at it with "enclave-signer audit verify", keep it, and move it out of DATA_DIR/audit: a new chain begins there`,
      { cause: error }
    )
  }
}
