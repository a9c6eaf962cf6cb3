/**
 * `node enclave-root.ts <workspace> <root> <epoch>`: lays out the enclave's root file system in the folder `root`. The same workspace
 * gives the same tree to the byte: nothing in it depends on time or place of the build.
 */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { isKept } from './kept.ts'
import { librariesOf } from './libraries.ts'
import { settle } from './settle.ts'

const programs = ['/usr/local/bin/node', '/usr/bin/socat']

/** Mount points: the init of a Nitro enclave mounts over them and makes none. The system calls its program in `/`. */
const mountPoints = ['dev', 'proc', 'run', 'sys', 'tmp', 'var']

const [workspace = '', root = '', epoch = ''] = process.argv.slice(2)
layOut(workspace, root, Number(epoch))

function layOut (workspace: string, root: string, epoch: number): void {
  copySources(workspace, root)
  const addons = copyPackages(workspace, root)
  for (const file of [...programs, ...librariesOf([...programs, ...addons])]) copyTo(root, file)
  for (const name of mountPoints) mkdirSync(join(root, name))
  writeAccounts(root)
  settle(root, epoch)
}

/** Our own packages stay outside of node_modules: inside, Node strips no types. */
function copySources (workspace: string, root: string): void {
  for (const path of ['apps/enclave', 'packages/protocol']) {
    cpSync(join(workspace, path, 'src'), join(root, 'app', path, 'src'), { recursive: true })
    copyFileSync(join(workspace, path, 'package.json'), join(root, 'app', path, 'package.json'))
  }
}

/** Answers the native addons among what it copies. */
function copyPackages (workspace: string, root: string): string[] {
  const entries = ['node_modules', 'apps/enclave/node_modules', 'packages/protocol/node_modules']
    .map(folder => join(workspace, folder)).filter(existsSync).flatMap(filesAndLinks)
    .filter(({ path, isLink }) => isKept(path.slice(workspace.length), isLink))
  for (const { path, isLink } of entries) {
    const target = join(root, 'app', path.slice(workspace.length))
    mkdirSync(dirname(target), { recursive: true })
    if (isLink) symlinkSync(readlinkSync(path), target)
    else copyPlain(path, target)
  }
  return entries.map(({ path }) => path).filter(path => path.endsWith('.node'))
}

/** Follows no link, as `readdirSync` with `recursive` would. */
function filesAndLinks (folder: string): { path: string, isLink: boolean }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesAndLinks(path) : [{ path, isLink: entry.isSymbolicLink() }]
  })
}

/** Without the permission to run it: Node needs none to read a script or to load an addon. */
function copyPlain (source: string, target: string): void {
  copyFileSync(source, target)
  chmodSync(target, 0o644)
}

/** To the same path below `root`; a link is followed. */
function copyTo (root: string, file: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  copyFileSync(file, join(root, file))
}

/** 65532 is the number that the program drops to. AWS's SDK asks for the home of whoever it runs as, and fails without an account. */
function writeAccounts (root: string): void {
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n')
}
