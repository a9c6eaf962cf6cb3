import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { askProgram } from '../../src/doctor/program.ts'
import { replayedProgram } from '../fixtures/replay.ts'
import { nodePath } from './fixtures/examine.ts'

const rest = { args: ['--version'], env: { PATH: nodePath }, signal: new AbortController().signal, advice: 'install it' }

test('what a program prints is handed on', async t => {
  const { path, called } = replayedProgram(t, { stdout: 'Nitro CLI 1.4.2\n' })
  t.same(await askProgram({ ...rest, executable: path }), { stdout: 'Nitro CLI 1.4.2' })
  t.same(called().args, ['--version'])
})

test('a program that is not on PATH gets the advice to install it', async t => {
  t.match(await askProgram({ ...rest, executable: 'no-such-program' }), {
    finding: { status: 'failed', summary: 'no-such-program was not found', advice: 'install it' },
  })
})

test('a file that may not be executed is named as that', async t => {
  const executable = join(t.testdir(), 'tool')
  writeFileSync(executable, '', { mode: 0o600 })
  t.match(await askProgram({ ...rest, executable }), { finding: { status: 'failed', summary: /tool may not be executed$/ } })
})

test('a program that fails shows its status and the first line of its complaint, cut short', async t => {
  const { path } = replayedProgram(t, { stderr: `\n  cannot connect ${'x'.repeat(300)}\nsecond line\n`, exitCode: 3 })
  const answer = await askProgram({ ...rest, executable: path })
  t.match(answer, { finding: { status: 'failed', summary: / --version ended with 3: cannot connect x+$/, advice: /by hand/ } })
  t.notMatch(JSON.stringify(answer), /second line|x{200}/)
})

test('a program that hangs is ended with the check', async t => {
  const { path } = replayedProgram(t, { hang: true })
  const ending = new AbortController()
  setTimeout(() => { ending.abort() }, 100)
  const answer = await askProgram({ ...rest, executable: path, signal: ending.signal })
  t.match(answer, { finding: { status: 'failed', summary: /was ended by/ } })
})
