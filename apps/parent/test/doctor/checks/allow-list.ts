import { test } from 'tap'

import { allowListCheck } from '../../../src/doctor/checks/allow-list.ts'
import { vector, withVectors } from '../../fixtures/vectors.ts'
import { examineWith, minimal } from '../fixtures/examine.ts'

const kms = 'kms.eu-central-1.amazonaws.com'

for (const [title, yaml, expected] of [
  ['with KMS of the region is ok', `allowlist:\n- {address: ${kms}, port: 443}\n`, { status: 'ok', facts: { target: `${kms}:443`, entries: 1 } }],
  ['with another region has failed', 'allowlist:\n- {address: kms.us-east-1.amazonaws.com, port: 443}\n',
    { status: 'failed', summary: `${kms}:443 is not allowed`, advice: `add the line "- {address: ${kms}, port: 443}" to /etc/nitro_enclaves/vsock-proxy.yaml` }],
  ['with another port has failed', `allowlist:\n- {address: ${kms}, port: 80}\n`, { status: 'failed' }],
  ['with IP addresses may be right', 'allowlist:\n- {address: 192.0.2.1, port: 443}\n', { status: 'warning', summary: /perhaps by an IP address/ }],
  ['that is empty has failed', 'allowlist: []\n', { status: 'failed', facts: { entries: 0 } }],
  ['of another shape has failed', 'allowlist: yes\n', { status: 'failed', summary: /holds no list/ }],
  ['that is no YAML has failed', 'allowlist: [\n', { status: 'failed', summary: 'vsock-proxy.yaml is not YAML' }],
] as const) {
  test(`an allow list ${title}`, async t => {
    const root = t.testdir({ etc: { nitro_enclaves: { 'vsock-proxy.yaml': yaml } } })
    t.match(await examineWith(allowListCheck, { root, env: minimal }), expected)
  })
}

test('AWS\'s own allow list names KMS of the region', withVectors, async t => {
  const root = t.testdir({ etc: { nitro_enclaves: { 'vsock-proxy.yaml': vector('nitro-cli/vsock-proxy.yaml') } } })
  t.match(await examineWith(allowListCheck, { root, env: minimal }), { status: 'ok' })
  t.match(await examineWith(allowListCheck, { root }), { status: 'warning', advice: 'set AWS_REGION' })
  t.match(await examineWith(allowListCheck, { root, env: { AWS_REGION: 'eu-north-9' } }), { status: 'failed' })
})

test('without the file vsock-proxy cannot run, unless relays are somebody else\'s', async t => {
  t.match(await examineWith(allowListCheck, { env: minimal }), { status: 'failed', summary: 'vsock-proxy.yaml is not there' })
  t.match(await examineWith(allowListCheck, { env: { RELAYS: 'external' } }), { status: 'ok', summary: 'not needed: RELAYS=external' })
})
