import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'

import { auditModes } from '../../audit/audit.ts'
import { watchedNames } from '../../reload/watched-value.ts'
import { measurements } from './fields.ts'

const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

const health = Type.Object({
  checkedAt: Type.String(),
  roundTripMs: Type.Number(),
  missedPings: Type.Integer(),
  uptimeMs: Type.Number(),
  clockDifferenceMs: Type.Number(),
  eventLoopDelayMs: Type.Number(),
  residentBytes: Type.Integer(),
})

const failure = Type.Object({
  at: Type.String(),
  state: Type.String({ description: 'In which it happened.' }),
  code: Type.String(),
  reason: Type.String(),
  count: Type.Integer({ description: 'How often in a row it was the same.' }),
})

const progress = Type.Object({ lastLine: Type.String(), since: Type.String() })

/** `GET /enclave/status`. */
export const statusSchema = Type.Object({
  state: Type.String({ description: 'ready while an enclave takes requests; else the state of the enclave.', examples: ['ready'] }),
  enclaves: Type.Array(Type.Object({
    name: Type.String({ examples: ['enclave-signer-0'] }),
    enclaveId: nullable(Type.String()),
    cid: nullable(Type.Integer()),
    state: Type.String(),
    since: Type.String(),
    reason: nullable(Type.String()),
    nextAttemptAt: nullable(Type.String({ description: 'While it is backing off: when the next attempt is made.' })),
    restarts: Type.Integer(),
    failures: Type.Array(failure, { description: 'The latest, newest first.' }),
    measurements: nullable(measurements),
    debugMode: Type.Boolean(),
    health: nullable(health),
    credentialsExpireAt: nullable(Type.String()),
    keysLoaded: nullable(Type.Integer()),
  })),
  relays: Type.Array(Type.Object({ name: Type.String(), state: Type.String(), restarts: Type.Integer(), reason: nullable(Type.String()) })),
  image: nullable(Type.Object({
    eifPath: nullable(Type.String()),
    name: nullable(Type.String()),
    imageId: nullable(Type.String()),
    measurements: nullable(measurements),
    progress: nullable(progress),
  })),
  audit: Type.Object({
    mode: Type.Enum([...auditModes]),
    state: Type.Enum(['recording', 'unavailable']),
    reason: nullable(Type.String({ description: 'Why it is unavailable.', examples: ['ENOSPC'] })),
    entry: Type.Integer({ description: 'The number of the latest line.' }),
    hash: Type.String({ description: 'Its hash: kept elsewhere, it shows later whether the log was cut.', examples: ['3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d'] }),
  }),
  files: Type.Array(Type.Object({
    name: Type.Enum([...watchedNames], { description: 'callers: CALLERS_FILE and the key files it names; tls: TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CA_FILE.' }),
    loadedAt: Type.String({ description: 'When the files in force were read, ISO 8601.' }),
    refusedSince: nullable(Type.String({ description: 'Since when changed files are refused: those before are in force, and the log says why.' })),
  })),
  attestationRoot: Type.Object({ sha256: Type.String({ description: 'Of the root certificate that attestation documents are checked against, lower-case hexadecimal.' }) }),
}, { title: 'ServiceStatus' })

/** `GET /livez`, `GET /readyz`. */
export const aliveSchema = Type.Object({ status: Type.String({ examples: ['ok'] }) }, { title: 'Health' })

/** The body of `GET /enclave/status`. */
export type ServiceStatus = Static<typeof statusSchema>
