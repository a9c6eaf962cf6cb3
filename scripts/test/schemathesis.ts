import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { run } from './run.ts'

/** Where the tests find it, below the root. */
const folder = '.tap/schemathesis'

/** Installs the fuzzer of the HTTP API below `.tap`, where there is a Python; elsewhere its test skips and says so. */
export async function installSchemathesis (root: string): Promise<void> {
  if (existsSync(join(root, folder, 'bin/st'))) return
  process.stdout.write('# installing schemathesis\n')
  const requirements = join(import.meta.dirname, 'schemathesis.txt')
  const installed = await succeeds(root, 'python3', ['-m', 'venv', folder]) &&
    await succeeds(root, join(root, folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '--requirement', requirements])
  if (installed) return
  rmSync(join(root, folder), { recursive: true, force: true })
  process.stdout.write('# not installed, its test will skip: schemathesis (it takes Python 3.10 with venv, and PyPI)\n')
}

async function succeeds (root: string, command: string, argv: readonly string[]): Promise<boolean> {
  try {
    return await run(root, command, argv) === 0
  } catch {
    return false
  }
}
