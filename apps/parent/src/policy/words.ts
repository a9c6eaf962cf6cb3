import type { PartChange, PolicyComparison, StatementChange } from './compare-policies.ts'
import type { StatementPart } from './statement-parts.ts'

/** A comparison for people: a line for each statement, what changes below it, and the counts. */
export function inWords ({ versions, statements }: PolicyComparison): string {
  const counts = (['same', 'changed', 'added', 'removed'] as const)
    .map(change => `${statements.filter(statement => statement.change === change).length} ${change}`)
  return [
    ...versions === undefined ? [] : ['changed  the policy itself', ...partChange(versions)],
    ...statements.flatMap(statementLines),
    '',
    counts.join(', '),
    '',
  ].join('\n')
}

const indent = ' '.repeat(9)

function statementLines (statement: StatementChange): string[] {
  const title = `${statement.change.padEnd(9)}${statement.sid}`
  if (statement.change === 'same') return [title]
  if (statement.change === 'changed') return [title, ...statement.parts.flatMap(partChange)]
  return [title, ...sentence(statement.parts).map(line => indent + line)]
}

function partChange ({ name, gains, loses }: PartChange): string[] {
  return [
    `${indent}${name}`,
    ...gains.map(value => `${indent}  + ${value}${hintAt(value)}`),
    ...loses.map(value => `${indent}  - ${value}${hintAt(value)}`),
  ]
}

/** What a whole statement does: `denies everybody kms:Encrypt`, and under which conditions. */
function sentence (parts: readonly StatementPart[]): string[] {
  const [effect, ...others] = parts
  const verb = effect?.values.has('Deny') === true ? 'denies' : 'allows'
  const isCondition = ({ key }: StatementPart): boolean => key.startsWith('Condition ')
  const [who = '', ...rest] = others.filter(part => !isCondition(part)).map(spoken).filter(words => words !== '')
  return [`${verb} ${who}`, ...rest, ...others.filter(isCondition).map(({ name, values }) => `where ${name.slice('Condition '.length)}: ${list(values)}`)]
}

function spoken ({ name, values }: StatementPart): string {
  const [member = '', type] = name.split(' ')
  const words = values.size === 1 && values.has('*') && type !== undefined ? 'everybody' : list(values)
  if (member === 'Resource' && words === '*') return ''
  if (member === 'Principal' || member === 'Action') return words
  return member.startsWith('Not') ? `everything but ${list(values)} (${name})` : `${member} ${list(values)}`
}

function list (values: StatementPart['values']): string {
  return Array.from(values.values(), value => value + hintAt(value)).join(', ')
}

/** KMS shows a principal that was deleted by its unique id (IAM User Guide, "Unique identifiers"). */
function hintAt (value: string): string {
  return /^A(?:ROA|IDA)[A-Z0-9]{12,}$/.test(value) ? ' (a role or user that was deleted)' : ''
}
