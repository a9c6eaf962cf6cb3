import { test } from 'tap'

import { pcr3Of } from '../../src/policy/instance-role.ts'
import { readPolicyRequest } from '../../src/policy/request.ts'

const [a, b, zeros] = ['a'.repeat(96), 'b'.repeat(96), '0'.repeat(96)]
const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`
const files: Record<string, string> = {
  'a.json': `{"Measurements":{"PCR0":"${a}"}}`, 'zeros.json': `{"Measurements":{"PCR0":"${zeros}"}}`, 'none.json': '{}',
}
const read = async (...args: string[]): Promise<unknown> => await readPolicyRequest(args, async path => {
  const text = files[path]
  if (text === undefined) throw new Error('no such file')
  return text
})
const enough = ['--task-role', role('task'), '--admin-role', role('admin')]

test('every option finds its place, and what is given twice counts once', async t => {
  t.same(await read(
    '--pcr0', a.toUpperCase(), '--pcr0', b, '--from', 'a.json', '--pcr8', a, '--pcr3', b, '--instance-role', role('instance'),
    ...enough, '--admin-role=arn:aws:iam::111122223333:root', '--allow-import', role('path/importer'), '--diff', 'current.json'
  ), {
    options: {
      taskRole: role('task'),
      adminRoles: [role('admin'), 'arn:aws:iam::111122223333:root'],
      importRoles: [role('path/importer')],
      pcr0: [a, b],
      pcr3: [b, pcr3Of(role('instance'))],
      pcr8: [a],
    },
    diff: 'current.json',
  })
})

test('everything that is wrong is told at once', async t => {
  t.same(await read(
    '--pcr0', 'xyz', '--pcr0', zeros, '--from', 'zeros.json', '--from', 'none.json', '--from', 'nowhere.json', '--pcr8',
    '--task-role', 'arn:aws:sts::111122223333:assumed-role/task/session', '--admin-role', 'admin', '--nonsense', '--diff', 'x', '--diff', 'y', 'z'
  ), {
    faults: [
      '--pcr0 must be 96 hexadecimal digits',
      '--pcr0 must be a measurement other than zeros, which every enclave in debug mode attests',
      '--pcr8 must be 96 hexadecimal digits',
      '"arn:aws:sts::111122223333:assumed-role/task/session" belongs to no option',
      '--admin-role must be the ARN of a role (arn:aws:iam::<account>:role/<name>) or of the account\'s root (arn:aws:iam::<account>:root)',
      'there is no option --nonsense',
      '"z" belongs to no option',
      '--diff must be given once',
      '--from must be a file with a PCR0 other than zeros: zeros.json',
      '--from must be a file with a PCR0, of nitro-cli, of "enclave-signer eif" or of /enclave/status: none.json',
      '--from must be a file that can be read: nowhere.json',
      '--task-role is missing: whose credentials the enclave has',
    ],
  })
})

test('what must be there is asked for', async t => {
  t.same(await read(), {
    faults: [
      '--pcr0 or --from is missing: which image may open the key',
      '--task-role is missing: whose credentials the enclave has',
      '--admin-role is missing: without one nobody could change the policy again',
    ],
  })
})

test('a session is no role: its policy would hold for one hour\'s credentials', async t => {
  t.match(await read('--pcr0', a, '--admin-role', role('admin'), '--task-role', 'arn:aws:sts::111122223333:assumed-role/task/session'), {
    faults: ['--task-role must be the ARN of a role (arn:aws:iam::<account>:role/<name>), not of a session of one'],
  })
})

test('the task role neither changes the policy nor encrypts', async t => {
  t.same(await read('--pcr0', a, ...enough, '--admin-role', role('task'), '--allow-import', role('task')), {
    faults: [
      '--admin-role must not be the task role: the parent has its credentials',
      '--allow-import must not be the task role: the parent has its credentials',
    ],
  })
})
