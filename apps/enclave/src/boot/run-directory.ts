import { chownSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { BootError } from './boot-error.ts'
import { runAs } from './privileges.ts'

const othersBits = 0o077

/**
 * Makes the folders of the sockets, for the user the enclave is going to run as and closed to everybody else. One that is there already is
 * taken as it is found, if it is as closed as that: nothing is ever opened or closed that others may rely on.
 *
 * @throws BootError `RUN_DIRECTORY_UNSAFE`; a system error when it cannot be made.
 */
export function makeRunDirectories (socketPaths: readonly string[]): void {
  for (const path of new Set(socketPaths.map(socketPath => dirname(socketPath)))) makeRunDirectory(path)
}

function makeRunDirectory (path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  makeClosed(path)
  expectClosed(path)
  if (process.getuid?.() === 0) chownSync(path, runAs.uid, runAs.gid)
}

function makeClosed (path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function expectClosed (path: string): void {
  const found = lstatSync(path)
  if (!found.isDirectory()) throw new BootError('RUN_DIRECTORY_UNSAFE', `${path} is not a folder`)
  if (found.uid !== process.getuid?.() && found.uid !== runAs.uid) throw new BootError('RUN_DIRECTORY_UNSAFE', `${path} belongs to another user`)
  if ((found.mode & othersBits) !== 0) throw new BootError('RUN_DIRECTORY_UNSAFE', `${path} is open to other users`)
}
