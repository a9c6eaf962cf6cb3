import { isJsonObject } from '../json.ts'
import { type Condition, parseConditions } from './conditions.ts'
import { malformedPolicy, parseTexts } from './faults.ts'
import { parsePrincipals, type PrincipalPattern } from './principals.ts'

/** One statement of a key policy, checked. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly principals: readonly PrincipalPattern[]
  /** Actions with wildcards; with `isNegated` (NotAction) the statement is about every other action. */
  readonly actions: { readonly isNegated: boolean, readonly patterns: readonly string[] }
  /** Key ARNs with wildcards, or `*`. */
  readonly resources: readonly string[]
  /** All of them must hold. */
  readonly conditions: readonly Condition[]
}

/** AWS's bound of a key policy in bytes (KMS quotas, "Key policy document size"). */
export const maximumPolicyBytes = 32_768

const statementMembers = ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'Condition']

/**
 * Checks a key policy and takes it apart. Refused are faults that AWS refuses, and what this KMS does not model and would otherwise get
 * wrong: NotPrincipal, NotResource, policy variables, condition operators and keys outside its lists.
 *
 * @throws KmsError MalformedPolicyDocumentException
 */
export function parsePolicy (text: string): readonly Statement[] {
  const document = parseJson(text)
  if (!isJsonObject(document)) throw malformedPolicy('the policy is not a JSON object')
  refuseOtherMembers(document, ['Version', 'Id', 'Statement'], 'the policy')
  if (document.Version !== undefined && document.Version !== '2012-10-17' && document.Version !== '2008-10-17') {
    throw malformedPolicy('Version is neither 2012-10-17 nor 2008-10-17')
  }
  if (document.Id !== undefined && typeof document.Id !== 'string') throw malformedPolicy('Id is not a string')
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement]
  if (statements.length === 0) throw malformedPolicy('Statement is empty')
  return statements.map(parseStatement)
}

function parseStatement (value: unknown): Statement {
  if (!isJsonObject(value)) throw malformedPolicy('a Statement is not a JSON object')
  refuseOtherMembers(value, statementMembers, 'a Statement')
  if (value.Sid !== undefined && typeof value.Sid !== 'string') throw malformedPolicy('Sid is not a string')
  const effect = value.Effect
  if (effect !== 'Allow' && effect !== 'Deny') throw malformedPolicy('Effect is neither Allow nor Deny')
  return {
    effect,
    principals: parsePrincipals(value.Principal),
    actions: parseActions(value),
    resources: parseResources(value.Resource),
    conditions: parseConditions(value.Condition),
  }
}

function parseActions (statement: Record<string, unknown>): Statement['actions'] {
  const isNegated = statement.NotAction !== undefined
  if (isNegated && statement.Action !== undefined) throw malformedPolicy('a Statement has both Action and NotAction')
  const name = isNegated ? 'NotAction' : 'Action'
  const patterns = parseTexts(statement[name], name)
  if (!patterns.every(pattern => /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/.test(pattern))) {
    throw malformedPolicy(`${name} is not of the form service:action`)
  }
  return { isNegated, patterns }
}

function parseResources (value: unknown): readonly string[] {
  const resources = parseTexts(value, 'Resource')
  if (!resources.every(resource => resource === '*' || resource.startsWith('arn:'))) throw malformedPolicy('Resource is neither * nor an ARN')
  return resources
}

function refuseOtherMembers (value: Record<string, unknown>, known: readonly string[], where: string): void {
  const other = Object.keys(value).find(name => !known.includes(name))
  if (other !== undefined) throw malformedPolicy(`${where} has the unsupported element ${JSON.stringify(other.slice(0, 64))}`)
}

function parseJson (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformedPolicy('it is not JSON', cause)
  }
}
