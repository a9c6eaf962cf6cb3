import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { test } from 'tap'

import { maxFileBytes, readRegularFile } from '../../src/reload/read-file.ts'

test('a file is read, as long as it may be', async t => {
  const directory = t.testdir({ file: 'ü'.repeat(maxFileBytes / 2) })
  t.equal((await readRegularFile(join(directory, 'file'))).length, maxFileBytes / 2)
})

test('a longer one is refused by its size', async t => {
  const directory = t.testdir({ file: 'x'.repeat(maxFileBytes + 1) })
  await t.rejects(readRegularFile(join(directory, 'file')), { message: 'it has 1048577 bytes, more than the 1048576 that are read' })
})

test('what is no ordinary file is refused at once', async t => {
  const directory = t.testdir({ folder: {} })
  execFileSync('mkfifo', [join(directory, 'pipe')])
  for (const path of ['/dev/zero', join(directory, 'folder'), join(directory, 'pipe')]) await t.rejects(readRegularFile(path), { message: 'it is no ordinary file' })
})
