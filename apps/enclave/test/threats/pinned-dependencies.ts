import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'

const enclave = join(import.meta.dirname, '../..')
const lockfile = readFileSync(join(enclave, '../../pnpm-lock.yaml'), 'utf8')

test('the enclave names few dependencies, each by one exact version or from this repository', async t => {
  const { dependencies } = JSON.parse(readFileSync(join(enclave, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
  t.same(Object.keys(dependencies), ['@aws-sdk/client-kms', '@enclave-signer/protocol', 'cborg', 'koffi', 'secp256k1'])
  for (const [name, version] of Object.entries(dependencies)) t.match(version, /^(?:workspace:\*|\d+\.\d+\.\d+)$/, name)
})

test('every package that can reach an image is pinned with an integrity hash', async t => {
  const packages = lockfile.slice(lockfile.indexOf('\npackages:\n'), lockfile.indexOf('\nsnapshots:\n')).split(/\n\n {2}(?=\S)/).slice(1)
  t.ok(packages.length > 100)
  t.same(packages.filter(text => !/^ {4}resolution: \{integrity: sha512-[A-Za-z0-9+/]{86}==\}$/m.test(text)), [])
})
