import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { makeRunDirectories } from '../../src/boot/run-directory.ts'
import { asRoot, nobody } from '../fixtures/boot.ts'

const isRoot = asRoot.skip === undefined
const owner = isRoot ? 65532 : process.getuid?.()

test('the sockets\' folders are made for the user the enclave runs as, closed to everybody else', async t => {
  const root = t.testdir()
  makeRunDirectories([join(root, 'run/one/enclave.sock'), join(root, 'run/one/kms.sock'), join(root, 'run/two/kms.sock')])
  for (const folder of ['run/one', 'run/two']) {
    const { uid, mode } = statSync(join(root, folder))
    t.same([uid, mode & 0o777], [owner, 0o700], folder)
  }
  t.not(statSync(join(root, 'run')).mode & 0o055, 0, 'a folder above is for all to enter')
})

test('a folder that is there already and closed is taken over', async t => {
  const folder = join(t.testdir(), 'run')
  mkdirSync(folder, { mode: 0o700 })
  makeRunDirectories([join(folder, 'enclave.sock')])
  makeRunDirectories([join(folder, 'enclave.sock')])
  t.equal(statSync(folder).uid, owner)
})

test('a folder that others may look into, a file and a link are refused, and stay as they are', async t => {
  const root = t.testdir()
  const open = join(root, 'open')
  mkdirSync(open)
  chmodSync(open, 0o1777)
  t.throws(() => { makeRunDirectories([join(open, 'enclave.sock')]) }, { code: 'RUN_DIRECTORY_UNSAFE', message: /open to other users$/ })
  t.same([statSync(open).mode & 0o7777, statSync(open).uid], [0o1777, process.getuid?.()])
  writeFileSync(join(root, 'file'), '')
  t.throws(() => { makeRunDirectories([join(root, 'file/enclave.sock')]) }, { code: 'RUN_DIRECTORY_UNSAFE', message: /is not a folder$/ })
  mkdirSync(join(root, 'closed'), { mode: 0o700 })
  symlinkSync(join(root, 'closed'), join(root, 'link'))
  t.throws(() => { makeRunDirectories([join(root, 'link/enclave.sock')]) }, { code: 'RUN_DIRECTORY_UNSAFE', message: /is not a folder$/ })
})

test('a folder of another user is refused', asRoot, async t => {
  const folder = join(t.testdir(), 'run')
  mkdirSync(folder, { mode: 0o700 })
  chownSync(folder, nobody.uid, nobody.gid)
  t.throws(() => { makeRunDirectories([join(folder, 'enclave.sock')]) }, { code: 'RUN_DIRECTORY_UNSAFE', message: /belongs to another user$/ })
})
