import { callersIn, loopbackCallers } from './callers/callers.ts'
import type { Callers } from './callers/callers.ts'
import type { CallerTable } from './callers/caller-table.ts'
import { KeySets } from './callers/credentials/fetched-keys.ts'
import { UsedTokens } from './callers/credentials/used-tokens.ts'
import { loadCallers } from './callers/load-callers.ts'
import { ConfigError } from './config/config-error.ts'
import type { ParentConfig } from './config/config.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { ReadText } from './reload/read-file.ts'
import { WatchedValue } from './reload/watched-value.ts'
import type { WatchedStatus } from './reload/watched-value.ts'
import { ServerTls } from './tls/server-tls.ts'
import type { TlsMaterial } from './tls/secure-context.ts'
import { loadTls } from './tls/tls-files.ts'

/** Who may call the API and how the connection is protected: from files that may be changed while the service runs. */
export interface Access {
  readonly callers: Callers
  readonly tls: ServerTls | undefined
  /** Of the files. */
  statuses: () => WatchedStatus[]
  /** Reads all files again, now. Never rejects. */
  reload: () => Promise<void>
  /** Reads them again when they change, until `signal` aborts. */
  watch: (signal: AbortSignal) => Promise<void>
}

/** What opening takes from the service. */
export interface AccessParts {
  metrics: Metrics
  log: Logger
  /** Unix time in milliseconds. */
  now: () => number
  /** Somebody may no longer be known: what goes on beyond a request must be asked for again. */
  onCallersChanged: () => void
}

type FilesConfig = Pick<ParentConfig, 'callersFile' | 'tls'>

/** Reads the files of a configuration. @throws ConfigError with the faults of all of them. */
export async function openAccess (config: FilesConfig, parts: AccessParts): Promise<Access> {
  const faults: string[] = []
  const callers = await openCallers(config, parts).catch(faultsInto(faults))
  const tls = await openTls(config, parts).catch(faultsInto(faults))
  if (faults.length > 0) throw new ConfigError(faults)
  const files = [callers, tls?.files].filter(one => one !== undefined)
  return {
    callers: callers === undefined ? loopbackCallers : callersIn(() => callers.value),
    tls: tls?.server,
    statuses: () => files.map(one => one.status()),
    reload: async () => { await Promise.all(files.map(async one => { await one.reload() })) },
    watch: async signal => { await Promise.all(files.map(async one => { await one.watch(signal) })) },
  }
}

async function openCallers ({ callersFile: path, tls }: FilesConfig, parts: AccessParts): Promise<WatchedValue<CallerTable> | undefined> {
  if (path === undefined) return undefined
  const { metrics, now } = parts
  const clientCertificates = tls?.clientCaFile !== undefined
  const options = { path, clientCertificates, usedTokens: new UsedTokens(), keySets: new KeySets({ now }), startedAt: now(), now }
  const onChange = (table: CallerTable): void => {
    metrics.callersKnown(table.size)
    parts.onCallersChanged()
  }
  const files = await WatchedValue.open({ ...parts, name: 'callers', load: async read => await loadCallers(options, read), onChange })
  metrics.callersKnown(files.value.size)
  return files
}

interface OpenedTls {
  files: WatchedValue<TlsMaterial>
  server: ServerTls
}

async function openTls ({ tls }: FilesConfig, parts: AccessParts): Promise<OpenedTls | undefined> {
  if (tls === undefined) return undefined
  let inForce: TlsMaterial | undefined
  const load = async (read: ReadText): Promise<TlsMaterial> => {
    const material = await loadTls(tls, read)
    if (inForce !== undefined) refuseToExpire(inForce, material, parts.now())
    return material
  }
  const replace = (material: TlsMaterial): void => {
    inForce = material
    const sameAuthorities = material.clientAuthorities?.pem === server.clientAuthorities?.pem
    server.replace(material)
    parts.metrics.certificateExpires(material.expiresAt)
    if (!sameAuthorities) parts.onCallersChanged()
  }
  const files = await WatchedValue.open({ ...parts, name: 'tls', load, onChange: replace })
  inForce = files.value
  const server = new ServerTls(files.value)
  parts.metrics.certificateExpires(files.value.expiresAt)
  return { files, server }
}

/** A certificate that has ended in the place of one that has not is a mistake: every client would turn away. */
function refuseToExpire (before: TlsMaterial, after: TlsMaterial, now: number): void {
  if (after.expiresAt > now || before.expiresAt <= now) return
  throw new ConfigError([`TLS_CERT_FILE has expired at ${new Date(after.expiresAt).toISOString()}, and the certificate in force has not`])
}

/** Keeps what is wrong with files, so that all of it is told at once. */
function faultsInto (faults: string[]): (error: unknown) => undefined {
  return error => {
    if (!(error instanceof ConfigError)) throw error
    faults.push(...error.faults)
  }
}
