import { isJsonObject } from '../json.ts'
import { isModelledKey, isRecipientKey } from './condition-keys.ts'
import { malformedPolicy } from './faults.ts'
import { type Operator, operators } from './operators.ts'

/** The condition keys that a request has: name in lower case to its values. A key without values is not there. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>

/** One line of a statement's Condition: one operator over one key. */
export type Condition =
  | {
    readonly kind: 'comparison'
    /** In lower case: names of condition keys have no case. */
    readonly key: string
    readonly values: readonly string[]
    readonly operator: Operator
    readonly ifExists: boolean
    readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined
  }
  | { readonly kind: 'null', readonly key: string, readonly mustBeAbsent: readonly boolean[] }

/**
 * Reads a statement's Condition; absent, it is no condition.
 *
 * @throws KmsError MalformedPolicyDocumentException
 */
export function parseConditions (value: unknown): readonly Condition[] {
  if (value === undefined) return []
  if (!isJsonObject(value)) throw malformedPolicy('Condition is not an object')
  return Object.entries(value).flatMap(([name, block]) => {
    if (!isJsonObject(block)) throw malformedPolicy('a condition operator does not hold an object')
    return Object.entries(block).map(([key, values]) => parseCondition(name, key, parseValues(values)))
  })
}

/** Whether a condition holds for a request, by IAM's rules for missing keys, several values and the set operators. */
export function holds (condition: Condition, context: ConditionContext): boolean {
  const requestValues = context.get(condition.key) ?? []
  if (condition.kind === 'null') return condition.mustBeAbsent.includes(requestValues.length === 0)
  if (requestValues.length === 0) return holdsWithoutKey(condition)
  const holdsFor = (requestValue: string) =>
    condition.values.some(value => condition.operator.compare(value, requestValue)) !== condition.operator.isNegated
  if (condition.quantifier === 'ForAllValues') return requestValues.every(holdsFor)
  if (condition.quantifier === 'ForAnyValue') return requestValues.some(holdsFor)
  return condition.operator.isNegated ? requestValues.every(holdsFor) : requestValues.some(holdsFor)
}

function holdsWithoutKey ({ ifExists, quantifier, operator }: Condition & { kind: 'comparison' }): boolean {
  if (ifExists || quantifier === 'ForAllValues') return true
  return quantifier === undefined && operator.isNegated
}

function parseCondition (name: string, key: string, values: readonly string[]): Condition {
  if (!isModelledKey(key)) throw malformedPolicy(`the condition key ${JSON.stringify(key.slice(0, 128))} is not supported`)
  if (name === 'Null') return { kind: 'null', key: key.toLowerCase(), mustBeAbsent: values.map(parseBoolean) }
  const [, quantifier, operatorName = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? []
  const operator = operators.get(operatorName)
  if (operator === undefined) throw malformedPolicy(`the condition operator ${JSON.stringify(name.slice(0, 64))} is unknown`)
  if (operatorName === 'Bool') values.forEach(parseBoolean)
  return {
    kind: 'comparison',
    key: key.toLowerCase(),
    // Both spellings of a measurement are seen in AWS's own samples: bare hex, and hex after 0x.
    values: isRecipientKey(key) ? values.map(value => value.replace(/^0x/i, '')) : values,
    operator,
    ifExists: ifExists !== undefined,
    quantifier: quantifier as 'ForAllValues' | 'ForAnyValue' | undefined,
  }
}

function parseValues (value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.map(item => {
    if (typeof item !== 'string' && typeof item !== 'boolean' && typeof item !== 'number') {
      throw malformedPolicy('a condition value is neither a string, a boolean nor a number')
    }
    if (String(item).includes('${')) throw malformedPolicy('policy variables are not supported')
    return String(item)
  })
}

function parseBoolean (value: string): boolean {
  if (!/^(true|false)$/i.test(value)) throw malformedPolicy('a Null or Bool condition is neither true nor false')
  return value.toLowerCase() === 'true'
}
