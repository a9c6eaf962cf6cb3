import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { findTool } from './find-tool.ts'
import { run } from './run.ts'

/** Of the Python package index: the AWS command line is there with models that know today's ECS, which Debian's does not. */
const pythonPackages = ['cfn-lint==1.58.0', 'awscli==1.46.3']
const actionlint = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'

/** Where {@link installDeploymentTools} puts its programs. */
export function deploymentToolFolders (root: string): { python: string, go: string } {
  return { python: join(root, '.tap/python/bin'), go: join(root, '.tap/go/bin') }
}

/** Installs what the deployment files are checked with, below `.tap`, where python3 and go are there. */
export async function installDeploymentTools (root: string): Promise<void> {
  const { python, go } = deploymentToolFolders(root)
  if (!existsSync(join(python, 'cfn-lint')) && findTool('python3') !== undefined) {
    process.stdout.write(`# installing test tools: ${pythonPackages.join(', ')}\n`)
    await run(root, 'python3', ['-m', 'venv', join(python, '..')])
    await run(root, join(python, 'pip'), ['install', '--quiet', ...pythonPackages])
  }
  if (!existsSync(join(go, 'actionlint')) && findTool('go') !== undefined) {
    process.stdout.write(`# installing test tools: ${actionlint}\n`)
    await run(root, 'env', [`GOBIN=${go}`, 'go', 'install', actionlint])
  }
}
