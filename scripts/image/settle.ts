import { chmodSync, lchownSync, lstatSync, lutimesSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Gives everything below `path`, and itself, to root, writable by root alone and executable by all where it was so by its owner, and
 * one time: `epoch`, in seconds.
 */
export function settle (path: string, epoch: number): void {
  const stats = lstatSync(path)
  if (stats.isDirectory()) for (const name of readdirSync(path)) settle(join(path, name), epoch)
  lchownSync(path, 0, 0)
  if (!stats.isSymbolicLink()) chmodSync(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644)
  lutimesSync(path, epoch, epoch)
}
