import type { CredentialIssuer, IssuedCredentials, Principal } from './credentials.ts'

/** What the credentials endpoint answers, in ECS's field order (amazon-ecs-agent ecs-agent/credentials/manager.go). */
export interface CredentialsAnswer {
  readonly RoleArn: string
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly Token: string
  /** RFC 3339 in whole seconds. */
  readonly Expiration: string
}

/** The task's role. */
export interface TaskRole extends Principal {
  readonly roleArn: string
  readonly lifetimeMs: number
}

/** New credentials are handed out when a sixth of the old ones' life is left: ten minutes of an hour. */
const rotationFraction = 6

/** The role's credentials of the moment; rotated before they expire. */
export function createRotatingCredentials (issuer: CredentialIssuer, role: TaskRole, now: () => number): () => CredentialsAnswer {
  let current: IssuedCredentials | undefined
  return () => {
    if ((current?.expiresAt ?? 0) - now() <= role.lifetimeMs / rotationFraction) current = issuer.issue(role)
    if (current?.expiresAt === undefined) throw new TypeError('a task role has a lifetime')
    return {
      RoleArn: role.roleArn,
      AccessKeyId: current.accessKeyId,
      SecretAccessKey: current.secretAccessKey,
      Token: current.sessionToken,
      Expiration: new Date(current.expiresAt).toISOString().replace('.000Z', 'Z'),
    }
  }
}
