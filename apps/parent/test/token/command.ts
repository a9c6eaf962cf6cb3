import { createHash } from 'node:crypto'

import { test } from 'tap'

import { parseCallersFile } from '../../src/callers/parse-callers-file.ts'
import { tokenCommand } from '../../src/token/command.ts'

test('a token of 256 bits goes to standard output alone, and its entry holds only its SHA-256', async t => {
  const { stdout, stderr, exitCode } = tokenCommand(['--name', 'treasury'])
  t.equal(exitCode, 0)
  t.match(stdout, /^enclave-signer-token-[A-Za-z0-9_-]{43}\n$/)
  const token = stdout.trim()
  t.notOk(stderr.includes(token))
  const { callers } = parseCallersFile(`callers:\n${stderr}`, { clientCertificates: false })
  t.match(callers, [{ name: 'treasury', credentials: [{ tokenSha256: createHash('sha256').update(token).digest('hex') }] }])
})

test('two tokens differ', async t => {
  t.not(tokenCommand([]).stdout, tokenCommand([]).stdout)
})

test('what is wrong with the command line is told, and no token is made', async t => {
  for (const [args, fault] of [[['--fast'], /--fast/], [['treasury'], /treasury/], [['--name', 'a b'], /--name must be/], [['--name'], /--name/]] as const) {
    const { stdout, stderr, exitCode } = tokenCommand(args)
    t.equal(exitCode, 2)
    t.equal(stdout, '')
    t.match(stderr, fault)
  }
  t.match(tokenCommand(['--help']), { exitCode: 0, stdout: /^Usage: enclave-signer token/ })
})
