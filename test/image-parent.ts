import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'

import { waitUntilReady } from '../scripts/start/readiness.ts'
import { createImageBuilder } from './fixtures/image/image-builder.ts'
import { runInside, startInside } from './fixtures/image/run-inside.ts'
import { whyNoImage } from './fixtures/enclave-image.ts'
import { freePort } from './fixtures/port.ts'
import { call } from './fixtures/service.ts'

const settings = { AWS_REGION: 'eu-central-1', KMS_KEY_ARN: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' }

test('the image for a look, of which the parent\'s program is part', { skip: whyNoImage() ?? false }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'images-'))
  const builder = await createImageBuilder()
  t.teardown(async () => {
    await builder[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  const look = await builder.build('look', join(folder, 'look'))

  t.test('the parent\'s program and its commands start where the image has them, and the enclave\'s program beside them', async t => {
    t.match(await runInside(look, ['node', '/app/apps/parent/src/main.ts']), { code: 1, stderr: 'AWS_REGION must be set' })
    t.match(await runInside(look, ['enclave-signer', '--help']), { code: 0, stdout: 'Usage: enclave-signer <command>' })
    t.match(await runInside(look, ['node', '/app/apps/enclave/src/main.ts'], { env: settings }), { code: 1, stdout: /"event":"enclave.failed","step":"nsm"/ })
  })

  t.test('the image for a look serves signatures from the simulated host, as no one', async t => {
    const [port, relayPort] = [await freePort(), await freePort()]
    const env = { PORT: String(port), RELAY_PORT: String(relayPort), LAUNCH_LOCK_FILE: '/tmp/launch.lock' }
    const child = startInside(look, look.command, { env, user: Number(look.user.split(':')[0]) })
    t.teardown(() => child.kill('SIGKILL'))
    child.stderr.on('data', (said: Buffer) => { t.comment(String(said)) })
    const gone = new AbortController()
    child.once('exit', () => { gone.abort() })
    const url = `http://127.0.0.1:${port}`
    const onState = (state: string): void => {
      t.comment(state)
      if (state.startsWith('failed')) gone.abort()
    }
    t.equal(await waitUntilReady({ url, certFile: undefined }, { onState, signal: gone.signal }), 'ready')
    t.match(await call(url, '/keys', { keyId: 'mine', keySpec: 'ECC_SECG_P256K1' }), { status: 201 })
    t.match(await call(url, '/sign', { keyId: 'mine', message: 'aGVsbG8=' }), { status: 200 })
    t.match(look.user, /^65532:/)
  })
})
