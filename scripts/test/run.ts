import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname, join } from 'node:path'

/**
 * Runs a program of the workspace and answers its exit code (1 when a signal ended it). Its output goes straight through, or its standard
 * output to the file descriptor `output`.
 */
export async function run (root: string, command: string, argv: readonly string[], output: 'inherit' | number = 'inherit'): Promise<number> {
  const path = [join(root, 'node_modules/.bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
  const child = spawn(command, argv, { cwd: root, stdio: ['inherit', output, 'inherit'], env: { ...process.env, PATH: path } })
  const [code] = await once(child, 'exit') as [number | null]
  return typeof code === 'number' ? code : 1
}
