import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { bootFolder } from './fixtures/boot.ts'

const main = join(import.meta.dirname, '../src/main.ts')
const withoutNsm = existsSync('/dev/nsm') ? { skip: 'this machine has an NSM' } : {}

async function run (env: Record<string, string>): Promise<{ code: number, lines: Record<string, unknown>[], stderr: string }> {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number]>])
  return { code, stderr, lines: stdout.trimEnd().split('\n').map(line => JSON.parse(line) as Record<string, unknown>) }
}

test('settings that cannot be used end the program at once, with one line for every fault', async t => {
  const { code, lines, stderr } = await run({ AWS_REGION: 'nowhere', KMS_PROXY_PORT: '0' })
  t.same([code, stderr], [1, ''])
  t.match(lines, [
    { event: 'enclave.booted' },
    { level: 'error', event: 'setting.refused', setting: 'AWS_REGION', fault: 'malformed' },
    { level: 'error', event: 'setting.refused', setting: 'KMS_KEY_ARN', fault: 'missing' },
    { level: 'error', event: 'setting.refused', setting: 'KMS_PROXY_PORT', fault: 'out-of-range' },
    { level: 'error', event: 'enclave.failed', step: 'settings', code: 'CONFIG_INVALID' },
  ])
  t.equal(lines.length, 5)
})

test('the program trusts no stand-in: without an NSM it ends', withoutNsm, async t => {
  const { env, folder } = bootFolder(t)
  const { code, lines, stderr } = await run(env)
  t.same([code, stderr], [1, ''])
  t.match(lines.at(-1), { level: 'error', event: 'enclave.failed', step: 'nsm', code: 'NSM_FAILED' })
  t.notOk(existsSync(folder), 'nothing was begun')
})
