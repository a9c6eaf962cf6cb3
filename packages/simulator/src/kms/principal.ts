/** The caller of one request, read from its ARN. */
export interface Principal {
  /** As credentials name it, for example `arn:aws:sts::111122223333:assumed-role/enclave-role/i-0123456789abcdef0`. */
  readonly arn: string
  readonly accountId: string
  /** The role's name where the caller is a role or a session of one. */
  readonly roleName?: string
  /** What `aws:PrincipalArn` holds: the role's ARN for an assumed-role session, otherwise the ARN itself. */
  readonly principalArn: string
}

const arnPattern = /^arn:(aws|aws-cn|aws-us-gov):(iam|sts)::(\d{12}):(root|user\/.+|role\/.+|assumed-role\/[^/]+\/[^/]+)$/

/**
 * Reads a principal's ARN.
 *
 * @returns `undefined` where the text is not the ARN of an account root, user, role or assumed-role session
 */
export function parsePrincipal (arn: string): Principal | undefined {
  const [, partition, , accountId, resource] = arnPattern.exec(arn) ?? []
  if (partition === undefined || accountId === undefined || resource === undefined) return undefined
  const [kind, ...path] = resource.split('/')
  // A session's ARN has lost the role's path; AWS resolves role names uniquely within an account, so the last part identifies the role.
  if (kind === 'role') return { arn, accountId, roleName: path.at(-1) ?? '', principalArn: arn }
  if (kind !== 'assumed-role') return { arn, accountId, principalArn: arn }
  const roleName = path[0] ?? ''
  return { arn, accountId, roleName, principalArn: `arn:${partition}:iam::${accountId}:role/${roleName}` }
}
