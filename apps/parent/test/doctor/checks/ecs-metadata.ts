import { test } from 'tap'

import { ecsMetadataCheck } from '../../../src/doctor/checks/ecs-metadata.ts'
import { examineWith } from '../fixtures/examine.ts'
import { json, serve } from '../fixtures/serve.ts'

const imageId = `sha256:${'0a'.repeat(32)}`
const container = JSON.stringify({ Image: 'signer:1', ImageID: imageId })

test('the metadata endpoint tells the image of this container', async t => {
  const env = { ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${await serve(t, json(200, container))}/v4/x` }
  t.same(await examineWith(ecsMetadataCheck, { env }), {
    status: 'ok', summary: 'this container\'s image is signer:1', facts: { image: 'signer:1', imageId },
  })
})

test('an endpoint without an answer has failed, and is a warning where an image is given', async t => {
  const env = { ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${await serve(t, json(500, '{}'))}/v4/x` }
  t.match(await examineWith(ecsMetadataCheck, { env }), { status: 'failed', summary: /status 500/ })
  t.match(await examineWith(ecsMetadataCheck, { env: { ...env, ENCLAVE_IMAGE: 'signer:1' } }), { status: 'warning', summary: /status 500/ })
})

test('no endpoint is needed where an image is given', async t => {
  t.match(await examineWith(ecsMetadataCheck), { status: 'failed', summary: /ECS_CONTAINER_METADATA_URI_V4/ })
  t.match(await examineWith(ecsMetadataCheck, { env: { ENCLAVE_IMAGE: 'signer:1' } }), { status: 'ok', summary: 'not needed: ENCLAVE_IMAGE is set' })
  t.match(await examineWith(ecsMetadataCheck, { env: { ENCLAVE_EIF_PATH: '/a.eif' } }), { status: 'ok', summary: 'not needed: ENCLAVE_EIF_PATH is set' })
})
