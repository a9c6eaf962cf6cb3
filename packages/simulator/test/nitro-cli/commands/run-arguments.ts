import { join } from 'node:path'
import { test } from 'tap'

import { parseArguments } from '../../../src/command-line/clap.ts'
import { nitroCliCommands } from '../../../src/nitro-cli/command-specs.ts'
import { readRunArguments } from '../../../src/nitro-cli/commands/run-arguments.ts'
import { vectorPath, withVectors } from '../../fixtures/vectors.ts'

function read (args: string[], warn: (line: string) => void = () => undefined) {
  return readRunArguments(parseArguments(args, { ...nitroCliCommands['run-enclave'], usage: 'nitro-cli run-enclave' }), warn)
}
const minimal = ['--cpu-count', '2', '--memory', '512', '--eif-path', '/x.eif']
const change = (name: string, value: string): string[] => minimal.map((item, index) => minimal[index - 1] === name ? value : item)

test('what is not said has its default', async (t) => {
  t.same(read(minimal), { cpus: { count: 2 }, memoryMib: 512, eifPath: '/x.eif', debugMode: false, attachConsole: false })
})

test('attaching the console means debug mode', async (t) => {
  t.match(read([...minimal, '--attach-console', '--enclave-name', 'n', '--enclave-cid', '16']), { debugMode: true, attachConsole: true, enclaveName: 'n', enclaveCid: 16 })
})

for (const [text, mib] of [['1G', 1024], ['2g', 2048], ['300M', 300], ['1T', 1024 ** 2]] as const) {
  test(`${text} of memory are ${mib} MiB`, async (t) => { t.equal(read(change('--memory', text)).memoryMib, mib) })
}

for (const [name, value, parameter] of [['--memory', '256_mb', 'memory'], ['--memory', 'x', 'memory'], ['--cpu-count', '-', 'cpu-count']] as const) {
  test(`${name} ${value} is no integer`, async (t) => {
    t.throws(() => read(change(name, value)), { name: 'NitroCliFailure', code: 'E03', info: [parameter, value] })
  })
}

for (const cid of ['1', '2', '3', '4294967295', '4294967296', '16x']) {
  test(`CID ${cid} is refused`, async (t) => {
    t.throws(() => read([...minimal, '--enclave-cid', cid]), { name: 'NitroCliFailure', code: 'E03' })
  })
}

test('CID 0 means any, and is remarked on', async (t) => {
  const lines: string[] = []
  t.equal(read([...minimal, '--enclave-cid', '0'], (line) => lines.push(line)).enclaveCid, 0)
  t.same(lines, ['The enclave CID will be auto-generated as the provided CID is 0'])
})

test('a config file is read', withVectors, async (t) => {
  t.same(read(['--config', vectorPath('nitro-cli/run-config.json')]), {
    cpus: { count: 2 }, memoryMib: 1024, eifPath: '/opt/signer/signer.eif', enclaveCid: 16, enclaveName: 'signer', debugMode: false, attachConsole: false,
  })
})

test('a config file that is missing, no JSON, or says too much or too little is refused', async (t) => {
  const directory = t.testdir({
    'broken.json': '{', 'both.json': '{"eif_path":"x","memory_mib":1,"cpu_ids":[1],"cpu_count":1}', 'neither.json': '{"eif_path":"x","memory_mib":1}',
  })
  for (const [file, code] of [['none.json', 'E19'], ['broken.json', 'E17'], ['both.json', 'E02'], ['neither.json', 'E01']] as const) {
    t.throws(() => read(['--config', join(directory, file)]), { name: 'NitroCliFailure', code })
  }
})
