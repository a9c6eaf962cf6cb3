import { closeSync, globSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'

import { readRecord } from './record.ts'
import { run } from './run.ts'

/** Assertions that passed and failed. */
export interface TestCounts {
  passed: number
  failed: number
}

/** Runs the given test files, or every one of the workspace; counts what tap's record says, shows what failed and was skipped. */
export async function runTap (root: string, files: readonly string[] = findTests(root)): Promise<TestCounts> {
  process.stdout.write('\n# tests\n')
  const record = join(root, '.tap/record.tap')
  const code = await writeRecord(root, record, files)
  const { whole, passed, failures, skipped } = readRecord(readFileSync(record, 'utf8'))
  for (const each of skipped) process.stdout.write(`# skipped: ${each}\n`)
  for (const { name, details } of failures) process.stdout.write(`\n# failed: ${name}\n${describe(details)}\n`)
  if (failures.length > 0 || (code === 0 && whole)) return { passed, failed: failures.length }
  process.stdout.write(`\n# failed: tap ended with code ${code}; its record ${whole ? 'names no test that failed' : 'is not whole'}\n`)
  return { passed, failed: 1 }
}

function findTests (root: string): string[] {
  const patterns = ['{apps,packages}/*/test/**/*.ts', 'test/*.ts']
  return globSync(patterns, { cwd: root, exclude: ['**/fixtures/**', '**/*.d.ts', '**/node_modules/**'] }).sort()
}

async function writeRecord (root: string, record: string, files: readonly string[]): Promise<number> {
  mkdirSync(dirname(record), { recursive: true })
  const output = openSync(record, 'w')
  try {
    return await run(root, process.execPath, [join(import.meta.dirname, 'files.ts'), ...files], output)
  } finally {
    closeSync(output)
  }
}

function describe ({ diff, stack, ...details }: Record<string, unknown>): string {
  const shown = ['at', 'message', 'found', 'wanted', 'exitCode', 'signal', 'timeout', 'tapCaught'].filter(name => details[name] !== undefined)
  return [
    ...shown.map(name => `${name}: ${inspect(details[name], { breakLength: Infinity })}`),
    ...[diff, stack].filter(text => typeof text === 'string').map(text => text.trimEnd())
  ].join('\n').replace(/^/gm, '  ')
}
