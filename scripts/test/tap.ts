import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { readRecord } from './record.ts'
import { run } from './run.ts'

/** Assertions that passed and failed. */
export interface TestCounts {
  passed: number
  failed: number
}

/** Runs tap over the given files, or over every test of the workspace; counts what its record says, shows what failed and was skipped. */
export async function runTap (root: string, files: readonly string[]): Promise<TestCounts> {
  process.stdout.write('\n# tests\n')
  if (!existsSync(join(root, '.tap/plugins')) && await run(root, 'tap', ['build']) !== 0) return { passed: 0, failed: 1 }
  const file = join(root, '.tap/record.tap')
  rmSync(file, { force: true })
  const reporter = process.stdout.isTTY ? 'terse' : 'base'
  const code = await run(root, 'tap', ['run', `--reporter=${reporter}`, `--output-file=${file}`, ...files])
  const { whole, passed, failures, skipped } = readRecord(existsSync(file) ? readFileSync(file, 'utf8') : '')
  for (const each of skipped) process.stdout.write(`# skipped: ${each}\n`)
  for (const { name, details } of failures) process.stdout.write(`\n# failed: ${name}\n${describe(details)}\n`)
  if (failures.length > 0 || (code === 0 && whole)) return { passed, failed: failures.length }
  process.stdout.write(`\n# failed: tap ended with code ${code}; its record ${whole ? 'names no test that failed' : 'is not whole'}\n`)
  return { passed, failed: 1 }
}

function describe ({ diff, stack, ...details }: Record<string, unknown>): string {
  const shown = ['at', 'message', 'found', 'wanted', 'exitCode', 'signal', 'timeout', 'tapCaught'].filter(name => details[name] !== undefined)
  return [
    ...shown.map(name => `${name}: ${inspect(details[name], { breakLength: Infinity })}`),
    ...[diff, stack].filter(text => typeof text === 'string').map(text => text.trimEnd())
  ].join('\n').replace(/^/gm, '  ')
}
