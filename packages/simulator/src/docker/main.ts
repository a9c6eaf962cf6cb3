import { text } from 'node:stream/consumers'

import { takeFault } from '../faults/fault-file.ts'
import { runWithFault } from '../faults/run-with-fault.ts'
import { simulatorDirectory } from '../state/simulator-directory.ts'
import { faultPointOf, runDocker } from './command.ts'
import { openImageStore } from './image-store.ts'

const args = process.argv.slice(2)
const paths = simulatorDirectory(process.env)
const point = faultPointOf(args)
const fault = point && takeFault(paths.directory, point)
process.exitCode = fault ? await runWithFault({ fault, work }) : await work((output) => { process.stdout.write(output) })

async function work (print: (output: string) => void): Promise<number> {
  const store = openImageStore(paths.images)
  const { stdout, stderr, exitCode } = await runDocker(args, { store, readInput: async () => await text(process.stdin) })
  print(stdout)
  process.stderr.write(stderr)
  return exitCode
}
