import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The first `socat` on a search path that is not this package's own.
 *
 * @param searchPath - As `PATH`.
 * @param own - The real path of this package's executable.
 */
export function findRealSocat (searchPath: string, own: string): string | undefined {
  return searchPath.split(delimiter).filter((directory) => directory !== '').map((directory) => join(directory, 'socat')).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return realpathSync(path) !== own
    } catch {
      return false
    }
  })
}
