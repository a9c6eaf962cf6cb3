import type { Access } from './access.ts'
import type { ParentConfig } from './config/config.ts'
import { messageOf } from './errors.ts'
import type { HttpServer } from './http/http-server.ts'
import type { Logger } from './logger.ts'
import type { Records } from './records.ts'
import type { Relays } from './relay/relays.ts'
import type { SupervisedEnclave } from './supervisor/create-enclave.ts'
import type { Tracing } from './tracing/tracing.ts'
import { aborted, unlessAborted } from './wait.ts'

/** The parts of a service that runs. */
export interface ServiceParts {
  config: ParentConfig
  access: Access
  enclave: SupervisedEnclave
  relays: Relays
  http: HttpServer
  records: Records
  ops: HttpServer | undefined
  tracing: Tracing | undefined
  log: Logger
  /** Aborted to stop the service in order. */
  signal: AbortSignal
}

/** From the start to the end: the relays outlive the enclave, the enclave outlives the requests. */
export async function live ({ config, access, enclave, relays, http, records, ops, tracing, log, signal }: ServiceParts): Promise<void> {
  const watching = access.watch(signal)
  const relaysOver = new AbortController()
  const relaying = relays.run(relaysOver.signal)
  const drained = aborted(signal).then(async () => { await drain(http, config.shutdownGraceMs, log) })
  await enclave.run(signal, drained)
  await drained
  relaysOver.abort()
  await relaying
  await records[Symbol.asyncDispose]()
  await watching
  await ops?.close()
  await tracing?.[Symbol.asyncDispose]()
  log.info({ reason: messageOf(signal.reason) }, 'stopped')
  log.flush()
}

/** Lets requests in flight end, but no longer than `graceMs`; then their connections are cut. */
async function drain (http: HttpServer, graceMs: number, log: Logger): Promise<void> {
  const closing = http.close().catch((error: unknown) => { log.error({ reason: messageOf(error) }, 'the API did not close') })
  const grace = AbortSignal.timeout(graceMs)
  await unlessAborted(closing, grace)
  if (!grace.aborted) return
  log.warn({ graceMs }, 'requests were cut off')
  http.server.closeAllConnections()
  await closing
}
