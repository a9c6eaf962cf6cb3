import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { execa } from 'execa'
import { test } from 'tap'
import { Type } from 'typebox'
import { Value } from 'typebox/value'

import { checkNames, checkResult } from '../src/doctor/finding.ts'
import { healthyHost } from './doctor/fixtures/healthy-host.ts'

const cli = join(import.meta.dirname, '../src/cli.ts')

interface Ended {
  exitCode?: number
  stdout: string
  stderr: string
}

async function enclaveSigner (args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return await execa(process.execPath, [cli, ...args], { reject: false, extendEnv: false, env })
}

test('a host without failures ends with 0 and a table', async t => {
  const { root, env } = await healthyHost(t)
  const { exitCode, stdout, stderr } = await enclaveSigner(['doctor', '--root', root], env)
  t.equal(exitCode, 0, stdout)
  t.equal(stderr, '')
  const lines = stdout.split('\n')
  t.match(lines[0], /^ok {7}configuration {5}the service would accept it$/)
  t.equal(lines.at(-1), '24 ok, 1 warning, 0 failed')
})

test('a host with a failure ends with 1', async t => {
  const { root, env } = await healthyHost(t)
  const { exitCode, stdout } = await enclaveSigner(['doctor', '--root', root], { ...env, ENCLAVE_CPU_COUNT: '4' })
  t.equal(exitCode, 1)
  t.match(stdout, /^failed {3}enclave-cpus {6}2 CPUs set aside, 4 needed$/m)
})

test('--json prints every check in the published shape, with the same exit statuses', async t => {
  const { root, env } = await healthyHost(t)
  for (const [more, status] of [[{}, 0], [{ ENCLAVE_COUNT: '9' }, 1]] as const) {
    const { exitCode, stdout } = await enclaveSigner(['doctor', '--json', '--root', root], { ...env, ...more })
    const results: unknown = JSON.parse(stdout)
    t.ok(Value.Check(Type.Array(checkResult), results), stdout)
    t.same((results as { check: string }[]).map(({ check }) => check), checkNames)
    t.equal(exitCode, status)
  }
})

for (const [title, args, expected] of [
  ['no command', [], /a command is missing/],
  ['an unknown command', ['nurse'], /there is no command "nurse"/],
  ['a command that is only a property of objects', ['constructor'], /there is no command "constructor"/],
  ['an unknown option', ['doctor', '--fast'], /--fast/],
  ['a further word', ['doctor', 'please'], /please/],
  ['an option without its value', ['doctor', '--root'], /--root/],
  ['a root that is no folder', ['doctor', '--root', cli], /--root must be a folder/],
] as const) {
  test(`${title} is wrong usage and ends with 2`, async t => {
    const { exitCode, stdout, stderr } = await enclaveSigner([...args])
    t.equal(exitCode, 2)
    t.equal(stdout, '')
    t.match(stderr, expected)
    t.match(stderr, /^Usage: enclave-signer /m)
  })
}

for (const args of [['--help'], ['-h'], ['help'], ['doctor', '--help'], ['eif', '--help'], ['policy', '--help']]) {
  test(`${args.join(' ')} prints the usage and ends with 0`, async t => {
    const { exitCode, stdout } = await enclaveSigner(args)
    t.equal(exitCode, 0)
    t.match(stdout, /^Usage: enclave-signer /)
  })
}

test('the file can be run by its own name', async t => {
  const { root, env } = await healthyHost(t)
  mkdirSync(join(root, 'data'))
  const { exitCode } = await execa(cli, ['doctor', '--root', root], { reject: false, extendEnv: false, env })
  t.equal(exitCode, 0)
})
