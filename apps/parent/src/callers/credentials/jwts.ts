import { decodeJwt, errors, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { LRUCache } from 'lru-cache'

import type { Caller } from '../caller.ts'
import type { CredentialEntry } from '../callers-file.ts'
import { isRefusal, onlyOne } from '../verdict.ts'
import type { RefusalReason, Verdict } from '../verdict.ts'
import { IssuerUnavailable } from './fetched-keys.ts'
import type { JwtIssuer } from './jwt-issuers.ts'
import type { UsedTokens } from './used-tokens.ts'

type JwtEntry = NonNullable<CredentialEntry['jwt']>

/** Seconds that clocks of issuers may differ from the service's. */
const clockTolerance = 5

/** Verified tokens that are kept; each is some hundred bytes. */
const keptTokens = 10_000

/** What JWTs are checked against. */
export interface JwtsOptions {
  readonly issuers: ReadonlyMap<string, JwtIssuer>
  readonly known: readonly { entry: JwtEntry, caller: Caller }[]
  /** Outlives a reload. */
  readonly usedTokens: UsedTokens
  /** Unix time in milliseconds of the process's start. */
  readonly startedAt: number
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/** Callers that are known by a JWT. A token that was verified is known again by its hash until it expires, unless it is taken once only. */
export class Jwts {
  readonly #options: JwtsOptions
  readonly #verified = new LRUCache<string, { caller: Caller, until: number }>({ max: keptTokens })

  constructor (options: JwtsOptions) {
    this.#options = options
  }

  /** `sha256` is that of the token. */
  callerOf (token: string, sha256: Buffer): Verdict | Promise<Verdict> {
    const key = sha256.toString('latin1')
    const kept = this.#verified.get(key)
    return kept !== undefined && this.#options.now() < kept.until ? kept.caller : this.#verify(token, key)
  }

  async #verify (token: string, key: string): Promise<Verdict> {
    const issuer = this.#options.issuers.get(issuerIn(token) ?? '')
    if (issuer === undefined) return refuse('untrusted')
    try {
      const { payload } = await jwtVerify(token, issuer.keyOf, {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms: [...issuer.algorithms],
        maxTokenAge: issuer.maxAgeSeconds,
        requiredClaims: ['exp'],
        clockTolerance,
        currentDate: new Date(this.#options.now()),
      })
      return this.#judge(payload, issuer, key)
    } catch (error) {
      return refuse(reasonOf(error))
    }
  }

  #judge (payload: JWTPayload, issuer: JwtIssuer, key: string): Verdict {
    const fitting = this.#options.known.filter(({ entry }) => fits(entry, payload))
    const verdict = onlyOne(fitting.map(({ caller }) => caller), 'jwt')
    if (isRefusal(verdict)) return verdict
    const { iat = 0, exp = 0 } = payload
    const until = Math.min(exp, iat + issuer.maxAgeSeconds) * 1000
    if (fitting.some(({ entry }) => entry.singleUse === true)) return this.#useOnce(payload, until) ?? verdict
    this.#verified.set(key, { caller: verdict, until })
    return verdict
  }

  /** Why a token that is taken once is not; undefined where it is. */
  #useOnce ({ iss = '', jti, iat = 0 }: JWTPayload, until: number): Verdict | undefined {
    const { usedTokens, startedAt, now } = this.#options
    if (typeof jti !== 'string' || jti === '') return refuse('malformed')
    // What was taken before the process started is not remembered: older tokens may have been used.
    if (iat * 1000 < startedAt + clockTolerance * 1000) return refuse('used')
    const use = usedTokens.use(JSON.stringify([iss, jti]), until + (clockTolerance + 1) * 1000, now())
    return use === 'taken' ? undefined : refuse(use)
  }
}

function refuse (refused: RefusalReason): Verdict {
  return { refused, credential: 'jwt' }
}

/** Who says to have issued the token; only with his key is it verified then. */
function issuerIn (token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

function fits ({ issuer, subject, claims = {} }: JwtEntry, payload: JWTPayload): boolean {
  return issuer === payload.iss && (subject === undefined || subject === payload.sub) &&
    Object.entries(claims).every(([name, wanted]) => {
      const value = payload[name]
      return Array.isArray(value) ? value.includes(wanted) : value === wanted
    })
}

function reasonOf (error: unknown): RefusalReason {
  if (error instanceof IssuerUnavailable) return 'issuer-unavailable'
  if (error instanceof errors.JWTExpired) return 'expired'
  const isOfTime = error instanceof errors.JWTClaimValidationFailed && error.reason === 'check_failed' && ['nbf', 'iat'].includes(error.claim)
  return isOfTime ? 'not-yet-valid' : 'untrusted'
}
