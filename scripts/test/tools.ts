import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { run } from './run.ts'

/** Programs the tests check us against, and the Debian packages that hold them. */
const tools = { socat: 'socat', openssl: 'openssl', wrk: 'wrk', '/usr/bin/aws': 'awscli' }

/**
 * Installs the test tools that are missing where that is possible: as root, on a system with apt-get. Elsewhere the tests
 * that need a missing tool skip and say so.
 */
export async function installTestTools (root: string): Promise<void> {
  const missing = Object.entries(tools).filter(([tool]) => !isThere(tool)).map(([, name]) => name)
  if (missing.length > 0 && process.getuid?.() === 0 && isThere('apt-get')) {
    process.stdout.write(`# installing test tools: ${missing.join(', ')}\n`)
    await run(root, 'apt-get', ['update', '-qq'])
    await run(root, 'apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing])
  } else if (missing.length > 0) {
    process.stdout.write(`# not installed, their tests will skip: ${missing.join(', ')}\n`)
  }
  mkdirSync(join(root, '.tap'), { recursive: true })
  writeFileSync(join(root, '.tap/tools'), '')
}

function isThere (tool: string): boolean {
  const candidates = tool.startsWith('/') ? [tool] : (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, tool))
  return candidates.some(file => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
