import { isIPv6 } from 'node:net'

import { Type } from 'typebox'
import { Value } from 'typebox/value'

import type { DoctorSettings } from './settings.ts'

/** What a service that runs says of itself. */
export interface RunningService {
  /** Whether it has a relay running. */
  relaysRun: boolean
}

/** The members of `GET /enclave/status` by which the service is known. */
const status = Type.Object({
  state: Type.String(),
  enclaves: Type.Array(Type.Object({ enclaveId: Type.Unknown(), cid: Type.Unknown() })),
  relays: Type.Array(Type.Object({ name: Type.String(), state: Type.String() })),
})

/** Asks whoever listens on HOST and PORT; undefined when it is not this service. */
export async function askService ({ host, port }: Pick<DoctorSettings, 'host' | 'port'>, signal: AbortSignal): Promise<RunningService | undefined> {
  try {
    const answer = await fetch(`http://${addressOf(host)}:${port}/enclave/status`, { signal, redirect: 'error' })
    const body: unknown = await answer.json()
    return Value.Check(status, body) ? { relaysRun: body.relays.some(({ state }) => state === 'running') } : undefined
  } catch {
    return undefined
  }
}

/** Who listens on every address listens on loopback too. */
function addressOf (host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIPv6(host) ? `[${host}]` : host
}
