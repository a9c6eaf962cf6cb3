/** `npm test`: types, style, then every test; `N passed, N failed` is the last line and the exit code says the same. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { run } from './test/run.ts'
import { installTestTools } from './test/tools.ts'
import { runTap } from './test/tap.ts'

const root = join(import.meta.dirname, '..')
if (process.env.CI !== undefined || !existsSync(join(root, '.tap/tools'))) await installTestTools(root)

let passed = 0
let failed = 0
for (const [what, command, ...argv] of [['types', 'tsc', '--build'], ['style', 'eslint', '--max-warnings', '0', '.']] as const) {
  process.stdout.write(`\n# ${what}\n`)
  if (await run(root, command, argv) === 0) passed++
  else failed++
}
const chosen = process.argv.slice(2)
const tests = await runTap(root, chosen.length > 0 ? chosen : undefined)
passed += tests.passed
failed += tests.failed
process.exitCode = failed === 0 ? 0 : 1
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
