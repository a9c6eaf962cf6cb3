import { test } from 'tap'

import { derivedDigest, derivedDockerfile, derivedTag } from '../../src/image/derived-image.ts'

const settings = { region: 'eu-central-1', kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k', kmsProxyPort: 8000 }

test('the derived image has the enclave\'s settings, so that they are measured, and its command with an absolute path', async t => {
  t.equal(derivedDockerfile('signer:1', settings), [
    'FROM signer:1',
    'ENV AWS_REGION=eu-central-1 KMS_KEY_ARN=arn:aws:kms:eu-central-1:111122223333:key/k KMS_PROXY_PORT=8000',
    'CMD ["/usr/local/bin/node", "/app/apps/enclave/src/main.ts"]',
    '',
  ].join('\n'))
})

test('another image, or other settings, are another EIF', async t => {
  const file = derivedDockerfile('signer:1', settings)
  const digests = [derivedDigest('sha256:a', file), derivedDigest('sha256:b', file), derivedDigest('sha256:a', derivedDockerfile('signer:1', { ...settings, region: 'us-east-1' })), derivedDigest('sha256:a', derivedDockerfile('signer:1', { ...settings, kmsProxyPort: 8001 }))]
  t.equal(new Set(digests).size, 4)
  t.match(digests[0], /^[0-9a-f]{64}$/)
  t.equal(derivedTag('0123456789abcdef0123'), 'enclave-signer-enclave:0123456789abcdef')
})
