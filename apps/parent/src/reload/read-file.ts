import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Reads a whole file as text. */
export type ReadText = (path: string) => Promise<string>

/** Longest file that is read, in bytes: thousands of callers. One that was meant to be another would take memory and stall the service. */
export const maxFileBytes = 1024 * 1024

/**
 * Reads a file of at most {@link maxFileBytes}. Whatever is no ordinary file is refused without waiting for it: a pipe that nobody writes
 * to would be waited for without end.
 */
export const readRegularFile: ReadText = async path => {
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stats = await file.stat()
  if (!stats.isFile()) throw new Error('it is no ordinary file')
  if (stats.size > maxFileBytes) throw new Error(`it has ${stats.size} bytes, more than the ${maxFileBytes} that are read`)
  return await file.readFile('utf8')
}
