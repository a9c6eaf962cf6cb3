import { messageTypes, signingAlgorithms } from '@enclave-signer/protocol'
import { Type } from 'typebox'
import type { Static } from 'typebox'

import { actions } from './caller.ts'

/** Signatures of JWTs that are believed (RFC 7518, RFC 8037): by public keys only. With a shared secret whoever checks could also sign. */
export const jwtAlgorithms = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519'] as const

/** Seconds a JWT is believed after it was issued, where its issuer's entry says nothing. */
export const defaultMaxAgeSeconds = 3600

/** What a caller may be called. */
export const callerNamePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'

const closed = { additionalProperties: false }
const exactlyOne = { ...closed, minProperties: 1, maxProperties: 1 }
const text = { minLength: 1, maxLength: 1024 }

const clientCertificate = Type.Object({
  subject: Type.Optional(Type.String({
    ...text,
    description: 'The whole subject as `openssl x509 -noout -subject -nameopt RFC2253,-esc_msb` prints it.',
    examples: ['CN=treasury,O=Example'],
  })),
  dns: Type.Optional(Type.String({ ...text, description: 'A DNS name among the subject alternative names, letter for letter.', examples: ['treasury.internal'] })),
  uri: Type.Optional(Type.String({ ...text, description: 'A URI among the subject alternative names, letter for letter.' })),
  spiffeId: Type.Optional(Type.String({
    maxLength: 2048,
    pattern: '^spiffe://[a-z0-9._-]+(/[A-Za-z0-9._-]+)+$',
    description: 'The SPIFFE id: the only URI among the subject alternative names.',
    examples: ['spiffe://example.org/treasury'],
  })),
}, { ...exactlyOne, description: 'A client certificate under TLS_CLIENT_CA_FILE, known by one of these.' })

/** Values that can be compared. */
const claim = Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] })

const jwt = Type.Object({
  issuer: Type.String({ ...text, description: 'One of the issuers of this file.' }),
  subject: Type.Optional(Type.String({ ...text, description: 'The claim sub.' })),
  claims: Type.Optional(Type.Record(Type.String(), claim, {
    minProperties: 1, description: 'Further claims; one that is a list must contain the value.', examples: [{ environment: 'production' }],
  })),
  singleUse: Type.Optional(Type.Boolean({ description: 'Each token is taken once; it needs the claim jti. Default false.' })),
}, { ...closed, description: 'A JWT (RFC 7519) as bearer token.' })

const credential = Type.Object({
  tokenSha256: Type.Optional(Type.String({
    pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of a bearer token, 64 lower-case hexadecimal digits; `enclave-signer token` makes one.',
  })),
  clientCertificate: Type.Optional(clientCertificate),
  jwt: Type.Optional(jwt),
}, exactlyOne)

const permission = Type.Object({
  actions: Type.Array(Type.Enum([...actions]), { minItems: 1 }),
  keys: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9._*?-]{1,128}$' }), {
    minItems: 1,
    description: 'Patterns of key ids: * stands for any characters, ? for one. Required for sign and keys:*.',
    examples: [['treasury-*']],
  })),
  signingAlgorithms: Type.Optional(Type.Array(Type.Enum([...signingAlgorithms]), { minItems: 1, description: 'Of sign. Default: all.' })),
  messageTypes: Type.Optional(Type.Array(Type.Enum([...messageTypes]), { minItems: 1, description: 'Of sign. Default: both.' })),
}, closed)

const rate = Type.Object({
  requestsPerSecond: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 }),
  burst: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Requests at once, after a pause.' }),
}, closed)

const caller = Type.Object({
  name: Type.String({ pattern: callerNamePattern, description: 'As audit log and metrics name the caller.' }),
  credentials: Type.Array(credential, { minItems: 1, description: 'Any one of them will do.' }),
  permissions: Type.Array(permission, { description: 'What none of them permits is denied.' }),
  rates: Type.Optional(Type.Object({
    total: Type.Optional(rate), perKey: Type.Optional(rate),
  }, { ...closed, minProperties: 1, description: 'total: all requests together; perKey: those for each key. total without an entry here: RATE_PER_CALLER, if that is set; perKey without one: not limited.' })),
}, closed)

const issuer = Type.Object({
  issuer: Type.String({ ...text, description: 'The claim iss, letter for letter.' }),
  audience: Type.String({ ...text, description: 'What the claim aud must be or contain: the name of this service.' }),
  jwksUrl: Type.Optional(Type.String({ maxLength: 2048, pattern: '^https://', description: 'Where its public keys are fetched (RFC 7517); this or jwksFile.' })),
  jwksFile: Type.Optional(Type.String({ ...text, description: 'A file with its public keys, relative to this one.' })),
  algorithms: Type.Optional(Type.Array(Type.Enum([...jwtAlgorithms]), { minItems: 1, description: 'Signature algorithms that are taken. Default: all of these.' })),
  maxAgeSeconds: Type.Optional(Type.Integer({
    minimum: 1, maximum: 86_400, description: `Seconds after iat that a token is taken, whatever its exp. Default ${defaultMaxAgeSeconds}.`,
  })),
}, closed)

/** `CALLERS_FILE`. Published as `docs/callers.schema.json`. */
export const callersFileSchema = Type.Object({
  callers: Type.Array(caller),
  issuers: Type.Optional(Type.Array(issuer, { description: 'Who issues JWTs.' })),
}, {
  ...closed,
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Callers of enclave-signer',
  description: 'Who may call the service, how each is known and what each may do.',
})

/** See {@link callersFileSchema}. */
export type CallersFile = Static<typeof callersFileSchema>

/** One of {@link CallersFile}. */
export type CallerEntry = CallersFile['callers'][number]

/** What a caller is known by; one member is set. */
export type CredentialEntry = CallerEntry['credentials'][number]

/** What a caller may do. */
export type PermissionEntry = CallerEntry['permissions'][number]

/** Who issues JWTs. */
export type IssuerEntry = NonNullable<CallersFile['issuers']>[number]
