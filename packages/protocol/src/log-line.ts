import { bootFailureCodes, bootSteps, bridges, settingFaults, settings } from './boot.ts'
import { enclaveErrorCodes } from './errors.ts'
import { keyId, keySpec, methodNames, traceId, unixMs, version } from './fields.ts'
import { integer, object, oneOf, string, variant } from './schema.ts'
import type { Checked, Schema } from './schema.ts'

/** How much a line matters. */
export const logLevels = ['info', 'warn', 'error'] as const

/** See {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number]

/** Every event of the enclave's log, by name. */
export const logEvents = [
  'boot.step',
  'boot.unprivileged',
  'setting.refused',
  'nsm.described',
  'clock.set',
  'bridge.started',
  'bridge.ended',
  'enclave.booted',
  'enclave.listening',
  'enclave.stopping',
  'enclave.stopped',
  'enclave.failed',
  'credentials.set',
  'credentials.refused',
  'key.loaded',
  'key.generated',
  'key.erased',
  'key.refused',
  'kms.failed',
  'kms.clock-corrected',
  'attestation.failed',
  'connection.opened',
  'connection.closed',
  'connection.dropped',
  'request.failed',
  'log.suppressed',
  'log.refused',
] as const

/** See {@link logEvents}. */
export type LogEvent = (typeof logEvents)[number]

/** The calls to KMS. */
export const kmsOperations = ['Decrypt', 'GenerateDataKey'] as const

/** See {@link kmsOperations}. */
export type KmsOperation = (typeof kmsOperations)[number]

const code = oneOf(...enclaveErrorCodes)
const method = oneOf(...methodNames)
const step = oneOf(...bootSteps)
const bridge = oneOf(...bridges)
/** Such as `i-0123456789abcdef0-enc0123456789abcdef`: the parent instance and the enclave. */
const moduleId = string(64, /^[\w-]+$/)
const nsmVersion = string(17, /^\d{1,5}\.\d{1,5}\.\d{1,5}$/)
const pcr0 = string(96, /^[0-9a-f]{96}$/)
/** Milliseconds by which one clock can differ from another. */
const differenceMs = integer(-8.64e15, 8.64e15)

/**
 * The level and the facts of every event: names, codes, sizes and times. There is no text to choose among them but the id of a key,
 * which the parent itself has chosen: it reads every line, and must find no secret in any.
 */
const facts = {
  /** A step of the boot sequence is done. */
  'boot.step': fact('info', { step }),
  /** A step was done as far as a program can that is not root: never so in an enclave, where init starts it as root. */
  'boot.unprivileged': fact('warn', { step }),
  /** What is wrong with one of the measured settings. */
  'setting.refused': fact('error', { setting: oneOf(...settings), fault: oneOf(...settingFaults) }),
  /** What the NSM says of itself and of this enclave; in `debug` mode PCR0 is zero. */
  'nsm.described': fact('info', { moduleId, nsmVersion, pcr0, mode: oneOf('production', 'debug') }),
  /** What was added to the kernel's clock, by the time that the NSM states. */
  'clock.set': fact('warn', { offsetMs: differenceMs }),
  'bridge.started': fact('info', { bridge }),
  /** It is started again; a signal's number is told as 128 more, as shells do. */
  'bridge.ended': fact('warn', { bridge, exitCode: integer(0, 255) }),
  /** The program has begun. */
  'enclave.booted': fact('info', { version }),
  'enclave.listening': fact('info', {}),
  'enclave.stopping': fact('info', { signal: oneOf('SIGINT', 'SIGTERM') }),
  /** The last line of an enclave that was asked to stop: its keys are erased. */
  'enclave.stopped': fact('info', {}),
  /** The last line of an enclave that cannot go on: in which step, and why. */
  'enclave.failed': fact('error', { step, code: oneOf(...enclaveErrorCodes, ...bootFailureCodes) }),
  'credentials.set': fact('info', { expiresAt: unixMs }),
  'credentials.refused': fact('warn', { code }),
  'key.loaded': fact('info', { keyId, keySpec }),
  'key.generated': fact('info', { keyId, keySpec }),
  /** Another key needed its place, or the enclave stops. */
  'key.erased': fact('info', { keyId }),
  'key.refused': fact('warn', { method, keyId, code }),
  /** All tries of a call have failed. */
  'kms.failed': fact('warn', { operation: oneOf(...kmsOperations), code }),
  /** What is now added to the kernel's clock, as KMS's own clock has it. */
  'kms.clock-corrected': fact('warn', { offsetMs: differenceMs }),
  /** A document that was asked for could not be had. */
  'attestation.failed': fact('error', { code }),
  /** `count` is how many connections are open then. */
  'connection.opened': fact('info', { count: integer(0) }),
  'connection.closed': fact('info', { count: integer(0) }),
  'connection.dropped': fact('warn', { count: integer(0) }),
  /** A defect of the enclave: nothing else is answered `INTERNAL`. */
  'request.failed': fact('error', { method, code: oneOf('INTERNAL') }),
  /** `count` lines of an event came too fast to be kept. */
  'log.suppressed': fact('warn', { suppressed: oneOf(...logEvents), count: integer(1) }),
  /** A line was not of this schema: a defect of the enclave. */
  'log.refused': fact('error', {}),
} as const satisfies Record<LogEvent, Fact<LogLevel, Members>>

/** Events of a request; a line of theirs says too which trace the request belongs to, where it belongs to one. */
const tracedEvents = [
  'key.loaded', 'key.generated', 'key.refused', 'attestation.failed', 'request.failed',
] as const satisfies readonly LogEvent[]

type TraceOf<E extends LogEvent> = E extends (typeof tracedEvents)[number] ? { traceId?: string } : { traceId?: never }

/** What the enclave has to say, without the time: `event` decides the level and the facts there are. */
export type LogEntry = {
  [E in LogEvent]: { level: (typeof facts)[E]['level'], event: E } & FactsOf<(typeof facts)[E]['members']> & TraceOf<E>
}[LogEvent]

/** One line of the enclave's log; `at` is its own clock, Unix time in milliseconds. */
export type LogLine = LogEntry & { at: number }

/** A line, of exactly the members of its event. */
export const logLine = variant('event', lineSchemas()) as Schema<LogLine>

/** Checks that a value is a line; throws a SchemaError that names the place where it is not. */
export function checkLogLine (value: unknown): asserts value is LogLine {
  logLine(value, 'line')
}

type FactName = { [E in LogEvent]: keyof (typeof facts)[E]['members'] }[LogEvent]
type FactsOf<M extends Members> = { [K in keyof M]: Checked<M[K]> } & Partial<Record<Exclude<FactName, keyof M>, never>>

type Members = Readonly<Record<string, Schema<unknown>>>

interface Fact<L extends LogLevel, M extends Members> {
  readonly level: L
  readonly members: M
}

function fact<L extends LogLevel, M extends Members> (level: L, members: M): Fact<L, M> {
  return { level, members }
}

function lineSchemas (): Record<string, Schema<unknown>> {
  const schemaOf = (event: string, { level, members }: Fact<LogLevel, Members>): Schema<unknown> =>
    object({ at: unixMs, level: oneOf(level), event: oneOf(event), ...members }, isTraced(event) ? { traceId } : {})
  return Object.fromEntries(Object.entries(facts).map(([event, itsFacts]) => [event, schemaOf(event, itsFacts)]))
}

function isTraced (event: string): boolean {
  return tracedEvents.some(traced => traced === event)
}
