import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { test } from 'tap'
import type { Test } from 'tap'

import { createEcsMetadata, readContainerMetadata } from '../../src/ecs/metadata.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

const never = new AbortController().signal
const file = 'ecs/metadata-v4-example-container-metadata-response.json'

async function serve (t: Test, status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => { response.writeHead(status).end(body) }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/id`
}

test('the container\'s image is read from AWS\'s own example', withVectors, async t => {
  t.same(readContainerMetadata(JSON.parse(vector(file))), {
    image: '111122223333.dkr.ecr.us-west-2.amazonaws.com/curltest:latest',
    imageId: 'sha256:d691691e9652791a60114e67b365688d20d19940dde7c4736ea30e660d8d3553',
  })
})

test('an answer without an image id, such as the pause container\'s, is refused', async t => {
  t.throws(() => readContainerMetadata({ Image: 'amazon/amazon-ecs-pause:0.1.0', ImageID: '' }), TypeError)
  t.throws(() => readContainerMetadata(null), TypeError)
})

test('version 3 is asked where version 4 gives no answer', withVectors, async t => {
  const broken = await serve(t, 500, '{}')
  const good = await serve(t, 200, vector(file))
  t.match(await createEcsMetadata([broken, good]).container(never), { imageId: /^sha256:d691/ })
})

test('without a usable answer it is METADATA_UNAVAILABLE, with every reason', async t => {
  const broken = await serve(t, 503, '{}')
  const empty = await serve(t, 200, '{}')
  await t.rejects(createEcsMetadata([broken, empty]).container(never), {
    code: 'METADATA_UNAVAILABLE', facts: { uris: 2 }, message: /status 503; the answer has no Image and ImageID$/,
  })
})

test('an abort ends the asking', async t => {
  const address = await serve(t, 503, '')
  await t.rejects(createEcsMetadata([address]).container(AbortSignal.abort(new Error('stop'))), { message: 'stop' })
})
