import { dirname, resolve } from 'node:path'

import { createLocalJWKSet } from 'jose'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'

import { ConfigError } from '../../config/config-error.ts'
import { messageOf } from '../../errors.ts'
import { defaultMaxAgeSeconds, jwtAlgorithms } from '../callers-file.ts'
import type { IssuerEntry } from '../callers-file.ts'
import type { ReadText } from '../../reload/read-file.ts'
import type { KeySets } from './fetched-keys.ts'

/** Somebody whose JWTs are believed, with his public keys. */
export interface JwtIssuer {
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  readonly maxAgeSeconds: number
  readonly keyOf: JWTVerifyGetKey
}

/** What opening issuers takes. */
export interface OpenIssuersOptions {
  /** Key files are named relative to it. */
  readonly callersFile: string
  readonly keySets: KeySets
  readonly read: ReadText
}

/** The issuers of a callers file by name. @throws ConfigError for the first key file that is not as it should be. */
export async function openIssuers (entries: readonly IssuerEntry[], options: OpenIssuersOptions): Promise<ReadonlyMap<string, JwtIssuer>> {
  const issuers = new Map<string, JwtIssuer>()
  for (const [index, entry] of entries.entries()) {
    const { issuer, audience, jwksUrl = '', algorithms = jwtAlgorithms, maxAgeSeconds = defaultMaxAgeSeconds } = entry
    const keyOf = await keysOfFile(entry, `/issuers/${index}/jwksFile`, options) ?? options.keySets.of(jwksUrl).keyOf
    issuers.set(issuer, { issuer, audience, algorithms, maxAgeSeconds, keyOf })
  }
  return issuers
}

async function keysOfFile (
  { jwksFile }: IssuerEntry, path: string, { callersFile, read }: OpenIssuersOptions
): Promise<JWTVerifyGetKey | undefined> {
  if (jwksFile === undefined) return undefined
  try {
    const keySet = JSON.parse(await read(resolve(dirname(callersFile), jwksFile))) as JSONWebKeySet
    const keyOf = createLocalJWKSet(keySet)
    // A private key (d) or a shared secret (k) must lie where the tokens are made, and nowhere else.
    if (keySet.keys.some(key => key.d !== undefined || key.k !== undefined)) throw new Error('it holds a private or shared key')
    return keyOf
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is no JSON' : messageOf(cause)
    throw new ConfigError([`CALLERS_FILE: ${path} must be a file with a JSON Web Key Set of public keys (${reason})`], { cause })
  }
}
