import { isObject } from './given-policy.ts'

/** One member of a statement: who, what or under which condition. Two statements with the same parts do the same. */
export interface StatementPart {
  /** What the part is compared by, such as `Condition StringEquals kms:viaservice`: without what IAM makes no difference by. */
  readonly key: string
  /** The same as it was written. */
  readonly name: string
  /** The values as they are compared, in their order, each with how it was written. */
  readonly values: ReadonlyMap<string, string>
}

/** The parts of a statement in the order of IAM's documentation, `Sid` left out. */
export function partsOf (statement: Readonly<Record<string, unknown>>): StatementPart[] {
  const known = ['Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']
  const others = Object.keys(statement).filter(name => name !== 'Sid' && !known.includes(name))
  return [...known, ...others]
    .filter(name => statement[name] !== undefined)
    .flatMap(name => partsOfMember(name, statement[name]))
}

function partsOfMember (name: string, value: unknown): StatementPart[] {
  if (name === 'Principal' || name === 'NotPrincipal') return principalParts(name, value)
  if (name === 'Condition' && isObject(value)) return conditionParts(value)
  // Names of actions have no case.
  return [part(name, textsOf(value), name.endsWith('Action'))]
}

/** `"*"` is `{"AWS": "*"}` in a key policy. */
function principalParts (name: string, value: unknown): StatementPart[] {
  const principals = isObject(value) ? value : { AWS: value }
  return Object.entries(principals).map(([type, names]) => part(`${name} ${type}`, textsOf(names)))
}

function conditionParts (condition: Record<string, unknown>): StatementPart[] {
  return Object.entries(condition).flatMap(([operator, block]) => Object.entries(isObject(block) ? block : { '': block }).map(([key, values]) => ({
    ...part(`Condition ${operator} ${key}`, textsOf(values), operator.includes('IgnoreCase')),
    // Names of condition keys have no case.
    key: `Condition ${operator} ${key.toLowerCase()}`,
  })))
}

function part (name: string, texts: readonly string[], ignoresCase = false): StatementPart {
  const values = texts.map(text => [ignoresCase ? text.toLowerCase() : text, text] as const)
  return { key: name, name, values: new Map(values.sort(([left], [right]) => left < right ? -1 : 1)) }
}

function textsOf (value: unknown): string[] {
  return [value].flat().map(item => typeof item === 'string' ? item : JSON.stringify(item))
}
