import { join } from 'node:path'

import { test } from 'tap'

import { policyCommand } from '../../src/policy/command.ts'

const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`
const args = ['--pcr0', 'ab'.repeat(48), '--task-role', role('task'), '--admin-role', role('admin')]

test('the policy is printed as JSON', async t => {
  const { stdout, stderr, exitCode } = await policyCommand(args)
  t.match({ stderr, exitCode }, { stderr: '', exitCode: 0 })
  t.match(JSON.parse(stdout), { Version: '2012-10-17', Statement: [{ Principal: { AWS: role('admin') } }, { Principal: { AWS: role('task') } }] })
})

test('--diff ends with 0 for the same policy and with 1 for another one', async t => {
  const file = join(t.testdir({ 'current.json': (await policyCommand(args)).stdout }), 'current.json')
  t.match(await policyCommand([...args, '--diff', file]), { exitCode: 0, stdout: /\n5 same, 0 changed, 0 added, 0 removed\n$/ })
  t.match(await policyCommand([...args, '--admin-role', role('second'), '--diff', file]), {
    exitCode: 1, stdout: /^changed {2}AdministratorsChangeThePolicyAndUseNothing\n {9}Principal AWS\n {11}\+ arn:aws:iam::111122223333:role\/second$/m,
  })
})

test('a wrong command line ends with 2, every fault told', async t => {
  const { exitCode, stdout, stderr } = await policyCommand(['--pcr0', 'x', '--admin-role', 'y'])
  t.match({ exitCode, stdout }, { exitCode: 2, stdout: '' })
  t.match(stderr, /^enclave-signer policy: the command line has 3 faults:\n {2}--pcr0 .*\n {2}--admin-role .*\n {2}--task-role .*\n\nUsage: /)
  t.match(await policyCommand([...args, '--diff', '/nowhere']), { exitCode: 2, stderr: /has a fault:\n {2}--diff must be a file with a key policy/ })
})

test('--help prints the usage', async t => {
  t.match(await policyCommand(['--help']), { exitCode: 0, stdout: /^Usage: enclave-signer policy/, stderr: '' })
})
