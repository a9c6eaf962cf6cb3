import { test } from 'tap'

import { kmsHostOf, vsockProxyArguments } from '../../src/relay/vsock-proxy.ts'

test('vsock-proxy carries the port to KMS of the region', async t => {
  t.same(vsockProxyArguments(8000, 'eu-central-1'), ['8000', 'kms.eu-central-1.amazonaws.com', '443'])
})

test('KMS of China\'s regions has a domain of its own', async t => {
  t.equal(kmsHostOf('cn-north-1'), 'kms.cn-north-1.amazonaws.com.cn')
  t.equal(kmsHostOf('us-gov-west-1'), 'kms.us-gov-west-1.amazonaws.com')
})
