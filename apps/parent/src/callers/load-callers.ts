import { readFile } from 'node:fs/promises'

import { ConfigError } from '../config/config-error.ts'
import { messageOf } from '../errors.ts'
import type { Loaded } from '../reload/watched-value.ts'
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
export async function loadCallers ({ path, clientCertificates, keySets, ...options }: LoadCallersOptions): Promise<Loaded<CallerTable>> {
  const file = parseCallersFile(await readText(path), { clientCertificates })
  const { issuers, files } = await openIssuers(file.issuers ?? [], { callersFile: path, keySets })
  return { value: new CallerTable(file, { ...options, issuers }), files: [path, ...files] }
}

async function readText (path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new ConfigError([`CALLERS_FILE must be a file that can be read (${messageOf(cause)})`], { cause })
  }
}
