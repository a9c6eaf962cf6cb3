import { encode } from 'cborg'
import { test } from 'tap'

import { decodePayload } from '../src/payload.ts'

const smallest = {
  module_id: 'm', digest: 'SHA384', timestamp: 1, pcrs: new Map([[31, Buffer.alloc(32)]]), certificate: Buffer.of(1), cabundle: [Buffer.of(2)],
}

const allowed: [field: string, property: string, value: Buffer][] = [
  ['certificate', 'certificate', Buffer.alloc(1024)],
  ['public_key', 'publicKey', Buffer.alloc(1)],
  ['public_key', 'publicKey', Buffer.alloc(1024)],
  ['user_data', 'userData', Buffer.alloc(0)],
  ['user_data', 'userData', Buffer.alloc(512)],
  ['user_data', 'userData', Buffer.alloc(1024)],
  ['nonce', 'nonce', Buffer.alloc(0)],
  ['nonce', 'nonce', Buffer.alloc(1024)],
]

test('the smallest payload has nothing but the mandatory fields', async t => {
  t.strictSame(decodePayload(encode(smallest)), {
    moduleId: 'm',
    digest: 'SHA384',
    timestamp: 1,
    pcrs: new Map([[31, Buffer.alloc(32)]]),
    certificate: Buffer.of(1),
    cabundle: [Buffer.of(2)],
  })
})

for (const [field, property, value] of allowed) {
  test(`${field} of ${value.length} bytes is read`, async t => {
    t.match(decodePayload(encode({ ...smallest, [field]: value })), { [property]: value })
  })
}

test('an optional field that is null is absent', async t => {
  const nulls = { ...smallest, public_key: null, user_data: null, nonce: null }
  t.strictSame(decodePayload(encode(nulls)), decodePayload(encode(smallest)))
})

test('an empty nonce is not an absent one', async t => {
  t.ok('nonce' in decodePayload(encode({ ...smallest, nonce: Buffer.alloc(0) })))
  t.notOk('nonce' in decodePayload(encode(smallest)))
})

test('all certificates of cabundle are read in their order', async t => {
  const cabundle = [Buffer.of(1), Buffer.alloc(1024, 2), Buffer.of(3)]
  t.strictSame(decodePayload(encode({ ...smallest, cabundle })).cabundle, cabundle)
})
