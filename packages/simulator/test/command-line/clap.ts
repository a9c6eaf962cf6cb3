import { test } from 'tap'

import { parseArguments } from '../../src/command-line/clap.ts'
import { nitroCliCommands } from '../../src/nitro-cli/command-specs.ts'

const run = (...args: string[]) => parseArguments(args, { ...nitroCliCommands['run-enclave'], usage: 'nitro-cli run-enclave' })
const terminate = (...args: string[]) => parseArguments(args, { ...nitroCliCommands['terminate-enclave'], usage: 'nitro-cli terminate-enclave' })
const build = (...args: string[]) => parseArguments(args, { ...nitroCliCommands['build-enclave'], usage: 'nitro-cli build-enclave' })

test('values, lists and flags are read, with a space or an equals sign', async (t) => {
  const args = run('--cpu-ids', '2', '4', '--memory=512', '--eif-path', 'x.eif', '--debug-mode')
  t.same(args.values('cpu-ids'), ['2', '4'])
  t.equal(args.value('memory'), '512')
  t.equal(args.has('debug-mode'), true)
  t.equal(args.has('attach-console'), false)
  t.equal(args.value('enclave-cid'), undefined)
})

test('a short option has its value after it, or joined to it with or without an equals sign', async (t) => {
  const command = { usage: 'x', about: '', options: [{ name: 'num_workers', short: 'w', kind: 'value' }] } as const
  for (const args of [['-w', '8'], ['-w8'], ['-w=8'], ['--num_workers', '8'], ['--num_workers=8']]) {
    t.equal(parseArguments(args, command).value('num_workers'), '8', args.join(' '))
  }
})

const refusals: Record<string, [() => unknown, RegExp]> = {
  'an unknown option': [() => run('--foo'), /^error: unexpected argument '--foo' found\n\nUsage: nitro-cli run-enclave/],
  'an operand': [() => run('foo'), /unexpected argument 'foo' found/],
  'an option twice': [() => run('--memory', '1', '--memory', '2'), /'--memory <memory>' cannot be used multiple times/],
  'an option without its value': [() => run('--memory', '--debug-mode'), /a value is required for '--memory <memory>' but none was supplied/],
  'a flag with a value': [() => run('--debug-mode=yes'), /unexpected value 'yes' for '--debug-mode' found/],
  'missing options': [() => run('--cpu-count', '2'), /not provided:\n {2}--memory <memory>\n {2}--eif-path <eif-path>\n\nUsage/],
  'two ways of saying the same': [
    () => run('--cpu-count', '2', '--cpu-ids', '1', '--memory', '1', '--eif-path', 'x'), /'--cpu-ids <cpu-ids>...' cannot be used with '--cpu-count <cpu-count>'/,
  ],
  'a config file with other options': [() => run('--config', 'c', '--memory', '1'), /'--memory <memory>' cannot be used with '--config <config>'/],
  'no enclave to terminate': [() => terminate(), /not provided:\n {2}--enclave-id <enclave-id>\n {2}--all\n {2}--enclave-name <enclave-name>/],
  'an enclave and all': [() => terminate('--all', '--enclave-id', 'i'), /'--enclave-id <enclave-id>' cannot be used with '--all'/],
  'a certificate without its key': [
    () => build('--docker-uri', 'x', '--output-file', 'y', '--signing-certificate', 'z'), /not provided:\n {2}--private-key <private-key>/,
  ],
}

for (const [name, [parse, message]] of Object.entries(refusals)) {
  test(`${name} is refused`, async (t) => {
    t.throws(parse, { name: 'ClapExit', exitCode: 2, message })
  })
}

test('--help is no failure', async (t) => {
  t.throws(() => run('--help'), { name: 'ClapExit', exitCode: 0, message: /^Starts a new enclave/ })
})

test('--attach-console goes with --config', async (t) => {
  t.equal(run('--config', 'c', '--attach-console').value('config'), 'c')
})
