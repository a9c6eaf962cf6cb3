import { test } from 'tap'

import { encodeFrame } from '../src/frame.ts'
import * as limits from '../src/limits.ts'
import { encodeRequest, encodeResult } from '../src/message.ts'
import { samples } from './fixtures/samples.ts'

test('the largest request and the largest answer fit a frame', async t => {
  const document = { attestationDocument: Buffer.alloc(limits.maxAttestationDocumentBytes).toString('base64') }
  t.ok(encodeFrame(encodeResult(Number.MAX_SAFE_INTEGER, document)).length <= 4 + limits.maxFrameBytes)
  const message = Buffer.alloc(limits.maxMessageBytes).toString('base64')
  t.ok(encodeFrame(encodeRequest(Number.MAX_SAFE_INTEGER, 'sign', { ...samples.sign.params, message })).length <= 4 + limits.maxFrameBytes)
})

test('the limits are those of KMS, the NSM and PROTOCOL.md', async t => {
  t.strictSame({ ...limits }, {
    maxFrameBytes: 262144,
    protocolVersion: 1,
    maxMessageBytes: 4096,
    maxCiphertextBlobBytes: 6144,
    maxPublicKeyBytes: 1024,
    maxPrivateKeyBytes: 4096,
    maxAttestationDocumentBytes: 131072,
    maxNonceBytes: 512,
    maxTimeoutMs: 60000,
    maxLogLines: 200,
  })
})
