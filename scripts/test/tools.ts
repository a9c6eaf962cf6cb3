import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { installDeploymentTools } from './deployment-tools.ts'
import { findTool } from './find-tool.ts'
import { run } from './run.ts'
import { installSchemathesis } from './schemathesis.ts'

/** Programs the tests check us against (or files that are there with them), and the Debian packages that hold them. */
const tools = {
  socat: 'socat',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
  openssl: 'openssl',
  wrk: 'wrk',
  h2load: 'nghttp2-client',
  shellcheck: 'shellcheck',
  '/usr/bin/aws': 'awscli',
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  cpio: 'cpio',
  xz: 'xz-utils',
  chromium: 'chromium',
  prometheus: 'prometheus',
  '/usr/share/doc/python3-venv': 'python3-venv',
}

/**
 * Installs the test tools that are missing where that is possible: as root, on a system with apt-get. Elsewhere the tests
 * that need a missing tool skip and say so.
 */
export async function installTestTools (root: string): Promise<void> {
  const missing = Object.entries(tools).filter(([tool]) => findTool(tool) === undefined).map(([, name]) => name)
  if (missing.length > 0 && process.getuid?.() === 0 && findTool('apt-get') !== undefined) {
    process.stdout.write(`# installing test tools: ${missing.join(', ')}\n`)
    await run(root, 'apt-get', ['update', '-qq'])
    await run(root, 'apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing])
  } else if (missing.length > 0) {
    process.stdout.write(`# not installed, their tests will skip: ${missing.join(', ')}\n`)
  }
  mkdirSync(join(root, '.tap'), { recursive: true })
  await installSchemathesis(root)
  await installDeploymentTools(root)
  writeFileSync(join(root, '.tap/tools'), '')
}
