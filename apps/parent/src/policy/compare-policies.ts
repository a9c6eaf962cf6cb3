import type { GivenPolicy } from './given-policy.ts'
import { partsOf } from './statement-parts.ts'
import type { StatementPart } from './statement-parts.ts'

/** What becomes of one statement when the wanted policy takes the current one's place. */
export type StatementChange =
  | { readonly change: 'same', readonly sid: string }
  | { readonly change: 'changed', readonly sid: string, readonly parts: readonly PartChange[] }
  | { readonly change: 'added' | 'removed', readonly sid: string, readonly parts: readonly StatementPart[] }

/** What a part of a statement gains and loses. */
export interface PartChange {
  readonly name: string
  readonly gains: readonly string[]
  readonly loses: readonly string[]
}

/** The difference of two policies. */
export interface PolicyComparison {
  readonly versions: PartChange | undefined
  /** The wanted policy's statements in its order, then those that go. */
  readonly statements: readonly StatementChange[]
}

/** Whether two policies say the same. The order of statements, their names and spellings that IAM takes for one make no difference. */
export function isSame ({ versions, statements }: PolicyComparison): boolean {
  return versions === undefined && statements.every(({ change }) => change === 'same')
}

/** Compares statement by statement: those that say the same belong together whatever their names, the others by their names. */
export function comparePolicies (current: GivenPolicy, wanted: GivenPolicy): PolicyComparison {
  const left = current.statements.map(readStatement)
  const take = (matches: (statement: NamedStatement) => boolean): NamedStatement | undefined => {
    const index = left.findIndex(matches)
    return index === -1 ? undefined : left.splice(index, 1)[0]
  }
  const wantedStatements = wanted.statements.map(readStatement)
  const same = new Set(wantedStatements.filter(({ text }) => take(statement => statement.text === text) !== undefined))
  const kept = wantedStatements.map((statement): StatementChange => {
    const { sid, parts } = statement
    if (same.has(statement)) return { change: 'same', sid }
    const before = take(({ sid: other }) => other === sid && sid !== unnamed)
    return before === undefined ? { change: 'added', sid, parts } : { change: 'changed', sid, parts: changesOf(before.parts, parts) }
  })
  const gone = left.map(({ sid, parts }): StatementChange => ({ change: 'removed', sid, parts }))
  return { versions: compareVersions(current.version, wanted.version), statements: [...kept, ...gone] }
}

const unnamed = '(without a Sid)'

interface NamedStatement {
  sid: string
  parts: StatementPart[]
  /** Equal where two statements say the same. */
  text: string
}

function readStatement (statement: Readonly<Record<string, unknown>>): NamedStatement {
  const parts = partsOf(statement)
  const text = JSON.stringify(parts.map(({ key, values }) => [key, ...values.keys()]).sort())
  return { sid: typeof statement.Sid === 'string' && statement.Sid !== '' ? statement.Sid : unnamed, parts, text }
}

function changesOf (before: readonly StatementPart[], after: readonly StatementPart[]): PartChange[] {
  const names = new Map([...before, ...after].map(({ key, name }) => [key, name]))
  const valuesOf = (parts: readonly StatementPart[], key: string): StatementPart['values'] => parts.find(part => part.key === key)?.values ?? new Map()
  return [...names]
    .map(([key, name]) => changeOf(name, valuesOf(before, key), valuesOf(after, key)))
    .filter(({ gains, loses }) => gains.length + loses.length > 0)
}

function changeOf (name: string, before: StatementPart['values'], after: StatementPart['values']): PartChange {
  return { name, gains: onlyIn(after, before), loses: onlyIn(before, after) }
}

function onlyIn (values: StatementPart['values'], others: StatementPart['values']): string[] {
  return [...values].filter(([value]) => !others.has(value)).map(([, written]) => written)
}

/** A document without a Version counts as one of 2008, in which policy variables mean nothing. */
function compareVersions (current: unknown, wanted: unknown): PartChange | undefined {
  const [before, after] = [current, wanted].map(version => typeof version === 'string' ? version : '2008-10-17') as [string, string]
  return before === after ? undefined : { name: 'Version', gains: [after], loses: [before] }
}
