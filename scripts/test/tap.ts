import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { run } from './run.ts'

/** Assertions that passed and failed. */
export interface TestCounts {
  passed: number
  failed: number
}

/** Runs tap over the given files, or over every test of the workspace, and counts what its record says. */
export async function runTap (root: string, files: readonly string[]): Promise<TestCounts> {
  process.stdout.write('\n# tests\n')
  if (!existsSync(join(root, '.tap/plugins')) && await run(root, 'tap', ['build']) !== 0) return { passed: 0, failed: 1 }
  const record = join(root, '.tap/record.tap')
  rmSync(record, { force: true })
  const code = await run(root, 'tap', ['run', '--reporter=terse', `--output-file=${record}`, ...files])
  const counts = existsSync(record) ? readCounts(readFileSync(record, 'utf8')) : { passed: 0, failed: 1 }
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

function readCounts (tap: string): TestCounts {
  const summary = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?.*\}$/m.exec(tap)
  for (const [line] of tap.matchAll(/^ *ok \d+.* # SKIP.*$/gim)) process.stdout.write(`# skipped: ${line.trim()}\n`)
  return { passed: Number(summary?.[2] ?? 0), failed: Number(summary?.[3] ?? (summary === null ? 1 : 0)) }
}
