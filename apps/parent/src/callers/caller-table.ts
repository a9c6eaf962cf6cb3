import type { Caller } from './caller.ts'
import type { CallerEntry, CallersFile, CredentialEntry } from './callers-file.ts'
import { Certificates } from './credentials/certificates.ts'
import { Jwts } from './credentials/jwts.ts'
import type { JwtsOptions } from './credentials/jwts.ts'
import { sha256Of, Tokens } from './credentials/tokens.ts'
import { permitsOf } from './permissions.ts'
import type { PresentedCredentials, Verdict } from './verdict.ts'

/** The scheme and the token of RFC 6750, section 2.1. */
const bearer = /^bearer +([\w.~+/-]+=*)$/i

/** What a table needs besides the file. */
export type CallerTableOptions = Omit<JwtsOptions, 'known'>

/** Everybody in one state of the callers file. A changed file is another table. */
export class CallerTable {
  readonly #tokens: Tokens
  readonly #certificates: Certificates
  readonly #jwts: Jwts
  /** How many callers there are. */
  readonly size: number

  constructor ({ callers }: CallersFile, options: CallerTableOptions) {
    const known = callers.flatMap(entry => {
      const caller = callerOf(entry)
      return entry.credentials.map(credential => ({ credential, caller }))
    })
    this.size = callers.length
    this.#tokens = new Tokens(ofKind(known, 'tokenSha256'))
    this.#certificates = new Certificates(ofKind(known, 'clientCertificate'))
    this.#jwts = new Jwts({ ...options, known: ofKind(known, 'jwt') })
  }

  /** Who presents this. An Authorization header decides alone: a bad token is not made up for by a good certificate. */
  authenticate (presented: PresentedCredentials): Verdict | Promise<Verdict> {
    if (presented.authorization !== undefined) return this.#callerOfToken(presented.authorization)
    const certificate = presented.certificate()
    return certificate === undefined ? { refused: 'missing', credential: 'none' } : this.#certificates.callerOf(certificate)
  }

  #callerOfToken (authorization: string): Verdict | Promise<Verdict> {
    const [, token] = bearer.exec(authorization) ?? []
    if (token === undefined) return { refused: 'malformed', credential: 'token' }
    const sha256 = sha256Of(token)
    const caller = this.#tokens.callerOf(sha256)
    if (caller !== undefined) return caller
    return isJwt(token) ? this.#jwts.callerOf(token, sha256) : { refused: 'unknown', credential: 'token' }
  }
}

function callerOf ({ name, permissions, rates = {} }: CallerEntry): Caller {
  return Object.freeze({ name, permits: permitsOf(permissions), rates })
}

interface Known {
  credential: CredentialEntry
  caller: Caller
}

function ofKind<K extends keyof CredentialEntry> (known: Known[], kind: K): { entry: NonNullable<CredentialEntry[K]>, caller: Caller }[] {
  return known.flatMap(({ credential: { [kind]: entry }, caller }) => entry === undefined ? [] : [{ entry, caller }])
}

/** Three parts (RFC 7515, section 7.1). */
function isJwt (token: string): boolean {
  return token.split('.').length === 3
}
