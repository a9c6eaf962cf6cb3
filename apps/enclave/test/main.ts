import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { keyArn } from './fixtures/kms-server.ts'
import { socketPathFor } from './fixtures/socket-path.ts'

const main = join(import.meta.dirname, '../src/main.ts')

async function run (env: Record<string, string>): Promise<{ code: number, stdout: string, stderr: string }> {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number]>])
  return { code, stdout, stderr }
}

test('settings that cannot be used end the program at once, with one line that lists every fault', async t => {
  const { code, stderr } = await run({ AWS_REGION: 'nowhere' })
  t.equal(code, 1)
  t.same(JSON.parse(stderr), {
    level: 'error',
    event: 'enclave.failed',
    code: 'CONFIG_INVALID',
    faults: ['AWS_REGION is not the name of an AWS region', 'KMS_KEY_ARN is missing'],
  })
})

test('the program trusts no stand-in: without an NSM it ends', async t => {
  const { code, stdout, stderr } = await run({ AWS_REGION: 'us-east-1', KMS_KEY_ARN: keyArn, LISTEN_SOCKET: socketPathFor(t) })
  t.equal(code, 1)
  t.equal(stdout, '')
  t.same(JSON.parse(stderr), { level: 'error', event: 'enclave.failed', code: 'NSM_FAILED' })
})
