import type { Static } from 'typebox'
import { Type } from 'typebox'

/** Every check, in the order of the output. */
export const checkNames = [
  'configuration', 'nitro-cli', 'enclave-device', 'vsock-device', 'enclave-cpus', 'allocator', 'hugepages', 'eif', 'docker', 'docker-socket',
  'log-volume', 'settings-volume', 'hugepages-volume', 'vsock-proxy', 'allow-list', 'socat', 'ecs-metadata', 'credentials', 'data-dir', 'callers', 'tls', 'api-port', 'ops-port',
  'relay-ports', 'clock',
] as const

/** See {@link checkNames}. */
export type CheckName = typeof checkNames[number]

const status = Type.Union([Type.Literal('ok'), Type.Literal('warning'), Type.Literal('failed')])
const fact = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Array(Type.String())])
const finding = {
  status,
  /** One sentence: what was found. */
  summary: Type.String({ minLength: 1 }),
  /** What to do about it; with every warning and failure. */
  advice: Type.Optional(Type.String({ minLength: 1 })),
  /** What was measured, by name: sizes, versions, counts. Never secret data. */
  facts: Type.Record(Type.String({ pattern: '^[a-z][A-Za-z]*$' }), fact),
}

/** One line of `doctor --json`; the whole is an array of {@link checkNames}' length and order. */
export const checkResult = Type.Object(
  { check: Type.Enum([...checkNames]), ...finding },
  { additionalProperties: false }
)

/** See {@link checkResult}. */
export interface CheckResult extends Finding {
  check: CheckName
}

/** `failed` keeps an enclave from running or being used; `warning` may. */
export type CheckStatus = Static<typeof status>

/** Named facts of a finding. */
export type Facts = Record<string, Static<typeof fact>>

/** What a check found. */
export interface Finding {
  status: CheckStatus
  summary: string
  advice?: string
  facts: Facts
}

/** Nothing to do. */
export function ok (summary: string, facts: Facts = {}): Finding {
  return { status: 'ok', summary, facts }
}

/** Worth a look. */
export function warning (summary: string, advice: string, facts: Facts = {}): Finding {
  return { status: 'warning', summary, advice, facts }
}

/** Must be put right. */
export function failed (summary: string, advice: string, facts: Facts = {}): Finding {
  return { status: 'failed', summary, advice, facts }
}

/** The check has no object under these settings. */
export function notNeeded (reason: string): Finding {
  return ok(`not needed: ${reason}`)
}
