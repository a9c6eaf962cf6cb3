import type { CheckResult, CheckStatus } from './finding.ts'

const statuses: readonly CheckStatus[] = ['ok', 'warning', 'failed']

/** Lines for a person: status, check and summary in columns; under it what to do. Ends with a count and a newline. */
export function formatTable (results: readonly CheckResult[]): string {
  const statusWidth = Math.max(...statuses.map(({ length }) => length))
  const checkWidth = Math.max(...results.map(({ check }) => check.length))
  const indent = ' '.repeat(statusWidth + checkWidth + 4)
  const lines = results.flatMap(({ status, check, summary, advice }) => [
    `${status.padEnd(statusWidth)}  ${check.padEnd(checkWidth)}  ${printable(summary)}`,
    ...advice === undefined ? [] : advice.split('\n').map(line => `${indent}-> ${printable(line)}`),
  ])
  return `${[...lines, '', countsOf(results)].join('\n')}\n`
}

/** An array of results for a program, indented, with a newline at its end. */
export function formatJson (results: readonly CheckResult[]): string {
  return `${JSON.stringify(results, null, 2)}\n`
}

/** 0 when nothing failed, else 1. */
export function exitCodeOf (results: readonly CheckResult[]): 0 | 1 {
  return results.some(({ status }) => status === 'failed') ? 1 : 0
}

function countsOf (results: readonly CheckResult[]): string {
  return statuses.map(status => `${results.filter(result => result.status === status).length} ${status}`).join(', ')
}

/** Other programs' texts must not steer the terminal. */
function printable (text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}
