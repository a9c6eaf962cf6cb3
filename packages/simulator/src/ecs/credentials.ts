import { randomBytes, randomInt } from 'node:crypto'

import type { CredentialDirectory, KmsCredential } from '../kms/signature-v4/credentials.ts'

/** One set of credentials as a role's session has it. */
export interface IssuedCredentials extends KmsCredential {
  readonly accessKeyId: string
  readonly sessionToken: string
}

/** Who gets credentials. */
export interface Principal {
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly principalArn: string
  /** How long each set of credentials is valid; absent: for ever. */
  readonly lifetimeMs?: number
}

/** The simulated STS: gives out credentials and knows again which it gave. */
export interface CredentialIssuer extends CredentialDirectory {
  /** New credentials for a principal. */
  issue (principal: Principal): IssuedCredentials
}

/** Expired credentials are still known for this long, so that they answer as expired and not as unknown. */
const rememberedMs = 24 * 60 * 60 * 1000

/** Opens an issuer that has given out nothing. */
export function createCredentialIssuer (now: () => number): CredentialIssuer {
  const issued = new Map<string, IssuedCredentials>()
  return {
    find: (accessKeyId) => issued.get(accessKeyId),
    issue ({ principalArn, lifetimeMs }) {
      const time = now()
      for (const [id, { expiresAt = Infinity }] of issued) if (expiresAt + rememberedMs < time) issued.delete(id)
      const credentials: IssuedCredentials = {
        accessKeyId: accessKeyId(),
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(300).toString('base64'),
        principalArn,
        // ECS states whole seconds.
        ...(lifetimeMs !== undefined && { expiresAt: Math.floor((time + lifetimeMs) / 1000) * 1000 }),
      }
      issued.set(credentials.accessKeyId, credentials)
      return credentials
    },
  }
}

/** `ASIA` (temporary credentials; IAM user guide, "Unique identifiers") and 16 characters of base 32. */
function accessKeyId (): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return `ASIA${Array.from({ length: 16 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')}`
}
