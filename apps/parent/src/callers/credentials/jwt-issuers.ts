import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import { createLocalJWKSet } from 'jose'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'

import { ConfigError } from '../../config/config-error.ts'
import { messageOf } from '../../errors.ts'
import { defaultMaxAgeSeconds, jwtAlgorithms } from '../callers-file.ts'
import type { IssuerEntry } from '../callers-file.ts'
import type { KeySets } from './fetched-keys.ts'

/** Somebody whose JWTs are believed, with his public keys. */
export interface JwtIssuer {
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  readonly maxAgeSeconds: number
  readonly keyOf: JWTVerifyGetKey
}

/** The issuers of a callers file by name, and the key files they were read from. */
export interface OpenedIssuers {
  readonly issuers: ReadonlyMap<string, JwtIssuer>
  readonly files: readonly string[]
}

/** What opening issuers takes. */
export interface OpenIssuersOptions {
  /** Key files are named relative to it. */
  readonly callersFile: string
  readonly keySets: KeySets
}

/** Reads the key files of issuers. @throws ConfigError for the first that is not as it should be. */
export async function openIssuers (entries: readonly IssuerEntry[], { callersFile, keySets }: OpenIssuersOptions): Promise<OpenedIssuers> {
  const issuers = new Map<string, JwtIssuer>()
  const files: string[] = []
  for (const [index, entry] of entries.entries()) {
    const { issuer, audience, jwksFile, jwksUrl = '', algorithms = jwtAlgorithms, maxAgeSeconds = defaultMaxAgeSeconds } = entry
    const file = jwksFile === undefined ? undefined : resolve(dirname(callersFile), jwksFile)
    if (file !== undefined) files.push(file)
    const keyOf = file === undefined ? keySets.of(jwksUrl).keyOf : await keysOfFile(file, `/issuers/${index}/jwksFile`)
    issuers.set(issuer, { issuer, audience, algorithms, maxAgeSeconds, keyOf })
  }
  return { issuers, files }
}

async function keysOfFile (file: string, path: string): Promise<JWTVerifyGetKey> {
  try {
    const keySet = JSON.parse(await readFile(file, 'utf8')) as JSONWebKeySet
    const keyOf = createLocalJWKSet(keySet)
    // A private key (d) or a shared secret (k) must lie where the tokens are made, and nowhere else.
    if (keySet.keys.some(key => key.d !== undefined || key.k !== undefined)) throw new Error('it holds a private or shared key')
    return keyOf
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is no JSON' : messageOf(cause)
    throw new ConfigError([`CALLERS_FILE: ${path} must be a file with a JSON Web Key Set of public keys (${reason})`], { cause })
  }
}
