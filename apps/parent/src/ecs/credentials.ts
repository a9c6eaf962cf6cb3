import { fromHttp, fromNodeProviderChain } from '@aws-sdk/credential-providers'

import type { CredentialsSource } from '../config/config.ts'
import { Secret } from '../config/secret.ts'
import { messageOf, ParentError } from '../errors.ts'

/** The role's credentials, on their way to the enclave. */
export interface RoleCredentials {
  accessKeyId: string
  secretAccessKey: Secret
  sessionToken: Secret
  /** Unix time in milliseconds. */
  expiresAt: number
}

/** Where fresh credentials come from. */
export interface Credentials {
  /** @throws ParentError `CREDENTIALS_UNAVAILABLE`. */
  fetch: () => Promise<RoleCredentials>
}

/** A parser's message repeats a piece of what it read, which holds a secret here. For the same reason the cause is not carried on. */
function reasonOf (cause: unknown): string {
  const message = messageOf(cause)
  return cause instanceof SyntaxError || /\bJSON\b/.test(message) ? 'the answer is not JSON' : message
}

type Provide = () => Promise<{ accessKeyId: string, secretAccessKey: string, sessionToken?: string, expiration?: Date }>

/** The container credentials endpoint where there is one, else what the AWS SDK finds for itself (profile, instance role, …). */
export function createCredentials (source: CredentialsSource): Credentials {
  const provide = source.from === 'container' ? containerProvider(source) : nodeChainProvider()
  return {
    fetch: async () => {
      try {
        return toRoleCredentials(await provide())
      } catch (cause) {
        throw new ParentError('CREDENTIALS_UNAVAILABLE', `no credentials (${source.from}): ${reasonOf(cause)}`, { source: source.from })
      }
    },
  }
}

/** Everything is said, also what is not set: the SDK would look into process.env for what is undefined. */
function containerProvider ({ relativeUri, fullUri, token, tokenFile }: Extract<CredentialsSource, { from: 'container' }>): Provide {
  const awsContainerAuthorizationToken = token?.reveal() ?? ''
  return async () => await fromHttp({
    awsContainerCredentialsRelativeUri: relativeUri,
    awsContainerCredentialsFullUri: fullUri,
    awsContainerAuthorizationToken,
    awsContainerAuthorizationTokenFile: tokenFile,
    timeout: 2000,
    maxRetries: 1,
  })()
}

function nodeChainProvider (): Provide {
  const chain = fromNodeProviderChain()
  return async () => await chain({ forceRefresh: true })
}

function toRoleCredentials ({ accessKeyId, secretAccessKey, sessionToken, expiration }: Awaited<ReturnType<Provide>>): RoleCredentials {
  if (sessionToken === undefined || expiration === undefined) {
    throw new TypeError('long-lived access keys are not handed to an enclave; use a role, whose credentials expire')
  }
  return {
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    expiresAt: expiration.getTime(),
  }
}
