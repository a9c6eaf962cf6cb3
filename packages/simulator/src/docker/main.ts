import { text } from 'node:stream/consumers'

import { simulatorDirectory } from '../state/simulator-directory.ts'
import { runDocker } from './command.ts'
import { openImageStore } from './image-store.ts'

const store = openImageStore(simulatorDirectory(process.env).images)
const result = await runDocker(process.argv.slice(2), { store, readInput: async () => await text(process.stdin) })
process.stdout.write(result.stdout)
process.stderr.write(result.stderr)
process.exitCode = result.exitCode
