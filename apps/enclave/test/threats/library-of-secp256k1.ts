import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { test } from 'tap'

const signer = pathToFileURL(join(import.meta.dirname, '../../src/signing/secp256k1-key.ts')).href

/** In a process of its own: what the test runner itself has loaded must not be counted. */
const program = `
import { createRequire } from 'node:module'
const { openSecp256k1Key } = await import(${JSON.stringify(signer)})
openSecp256k1Key(Buffer.alloc(32, 1)).sign({ bytes: Buffer.alloc(32, 2), algorithm: 'ECDSA_SHA_256', format: 'DER' })
console.log(JSON.stringify(Object.keys(createRequire(${JSON.stringify(signer)}).cache)))
`

test('secp256k1 signs with libsecp256k1 compiled, never with the JavaScript that its package also carries', async t => {
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  t.equal(status, 0)
  const loaded = JSON.parse(stdout) as string[]
  t.ok(loaded.some(path => path.includes('secp256k1') && path.endsWith('.node')), 'the compiled library')
  t.same(loaded.filter(path => path.includes('elliptic')), [], 'no arithmetic in JavaScript')
})
