import { ConfigError } from '../config/config-error.ts'
import { messageOf } from '../errors.ts'
import { readRegularFile } from '../reload/read-file.ts'
import type { ReadText } from '../reload/read-file.ts'
import { CallerTable } from './caller-table.ts'
import type { CallerTableOptions } from './caller-table.ts'
import type { CallersFileSituation } from './callers-file-rules.ts'
import type { KeySets } from './credentials/fetched-keys.ts'
import { openIssuers } from './credentials/jwt-issuers.ts'
import { parseCallersFile } from './parse-callers-file.ts'

/** What reading a callers file takes. */
export interface LoadCallersOptions extends CallersFileSituation, Omit<CallerTableOptions, 'issuers'> {
  readonly path: string
  /** Outlive a reload. */
  readonly keySets: KeySets
}

/** Reads `CALLERS_FILE` and the key files it names. @throws ConfigError with every fault. */
export async function loadCallers (options: LoadCallersOptions, read: ReadText = readRegularFile): Promise<CallerTable> {
  const { path, clientCertificates, keySets, ...others } = options
  const file = parseCallersFile(await textOf(path, read), { clientCertificates })
  const issuers = await openIssuers(file.issuers ?? [], { callersFile: path, keySets, read })
  return new CallerTable(file, { ...others, issuers })
}

async function textOf (path: string, read: ReadText): Promise<string> {
  try {
    return await read(path)
  } catch (cause) {
    throw new ConfigError([`CALLERS_FILE must be a file that can be read (${messageOf(cause)})`], { cause })
  }
}
