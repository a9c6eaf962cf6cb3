/** `npm run test:vm`: the test in the virtual machine alone. */
import { join } from 'node:path'

import { runTap } from './test/tap.ts'
import { installTestTools } from './test/tools.ts'

const root = join(import.meta.dirname, '..')
await installTestTools(root)
const { passed, failed } = await runTap(root, ['test/vm.ts'])
process.exitCode = failed === 0 ? 0 : 1
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
