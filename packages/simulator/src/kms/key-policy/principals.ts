import { isJsonObject } from '../json.ts'
import { parsePrincipal, type Principal } from '../principal.ts'
import { malformedPolicy, parseTexts } from './faults.ts'

/**
 * One entry of a statement's Principal.
 *
 * `account` comes from an account root's ARN or a bare account id. In AWS such a statement hands the decision to that account's IAM
 * policies; those are not modelled here, so it stands for "IAM allows it" and matches every principal of the account.
 * `service` (and other kinds that are never a caller of this KMS) matches nobody.
 */
export type PrincipalPattern =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'account', readonly accountId: string }
  | { readonly kind: 'role', readonly accountId: string, readonly roleName: string }
  | { readonly kind: 'exact', readonly arn: string }
  | { readonly kind: 'service' }

/**
 * Reads `"*"` or `{"AWS": …, "Service": …}`.
 *
 * @throws KmsError MalformedPolicyDocumentException
 */
export function parsePrincipals (value: unknown): readonly PrincipalPattern[] {
  if (value === '*') return [{ kind: 'everyone' }]
  if (!isJsonObject(value) || Object.keys(value).length === 0) throw malformedPolicy('a Statement has no Principal that is * or an object')
  return Object.entries(value).flatMap(([type, names]) => {
    const texts = parseTexts(names, 'Principal')
    if (type === 'AWS') return texts.map(parseAwsPrincipal)
    if (type === 'Service' || type === 'Federated' || type === 'CanonicalUser') return texts.map(() => ({ kind: 'service' as const }))
    throw malformedPolicy('Principal has a type other than AWS, Service, Federated and CanonicalUser')
  })
}

/** Whether a statement's Principal includes the caller. A role includes its sessions, whatever the role's path. */
export function matchesPrincipal (pattern: PrincipalPattern, caller: Principal): boolean {
  switch (pattern.kind) {
    case 'everyone': return true
    case 'account': return pattern.accountId === caller.accountId
    case 'role': return pattern.accountId === caller.accountId && pattern.roleName === caller.roleName
    case 'exact': return pattern.arn === caller.arn
    case 'service': return false
  }
}

function parseAwsPrincipal (text: string): PrincipalPattern {
  if (text === '*') return { kind: 'everyone' }
  if (/^\d{12}$/.test(text)) return { kind: 'account', accountId: text }
  const principal = parsePrincipal(text)
  // IAM allows no wildcard inside a principal's ARN.
  if (principal === undefined || /[*?]/.test(text)) throw malformedPolicy('a statement has an invalid principal')
  if (text.endsWith(':root')) return { kind: 'account', accountId: principal.accountId }
  return principal.roleName !== undefined && principal.arn === principal.principalArn
    ? { kind: 'role', accountId: principal.accountId, roleName: principal.roleName }
    : { kind: 'exact', arn: text }
}
