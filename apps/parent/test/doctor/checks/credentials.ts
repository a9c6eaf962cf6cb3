import { test } from 'tap'
import type { Test } from 'tap'

import { credentialsCheck } from '../../../src/doctor/checks/credentials.ts'
import type { Finding } from '../../../src/doctor/finding.ts'
import { examineWith } from '../fixtures/examine.ts'
import { json, serve } from '../fixtures/serve.ts'

const secrets = { AccessKeyId: 'ASIAHUSHHUSHHUSHHUSH', SecretAccessKey: 'hush-secret', Token: 'hush-token' }
const Expiration = '2027-01-01T12:00:00Z'

async function examineAnswer (t: Test, status: number, body: string, now = '2027-01-01T10:00:00Z'): Promise<Finding> {
  const port = await serve(t, json(status, body))
  const finding = await examineWith(credentialsCheck, { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/x` }, now: Date.parse(now) })
  t.notMatch(JSON.stringify(finding), /hush/i, 'nothing of the credentials is shown')
  return finding
}

const answer = JSON.stringify({ RoleArn: 'arn', ...secrets, Expiration })
const expiresAt = '2027-01-01T12:00:00.000Z'

for (const [title, now, expected] of [
  ['last are ok', '2027-01-01T11:55:00Z', { status: 'ok', summary: `they expire at ${expiresAt}`, facts: { expiresAt } }],
  ['end within five minutes are a warning', '2027-01-01T11:55:01Z', { status: 'warning', summary: /less than 5 minutes/, facts: { expiresAt } }],
  ['have ended have failed', '2027-01-01T12:00:00Z', { status: 'failed', summary: `they expired at ${expiresAt}`, advice: /clock/ }],
] as const) {
  test(`credentials that ${title}`, async t => { t.match(await examineAnswer(t, 200, answer, now), expected) })
}

test('the agent\'s reason is told', async t => {
  const body = JSON.stringify({ code: 'InvalidIdInRequest', message: 'CredentialsV2Request: Credentials not found', HTTPErrorCode: 400 })
  t.match(await examineAnswer(t, 400, body), { status: 'failed', summary: /^the container credentials endpoint gave none: \S/, advice: /taskRoleArn/ })
})

test('long-lived keys are refused as the service refuses them', async t => {
  t.match(await examineAnswer(t, 200, JSON.stringify(secrets)), { status: 'failed' })
})

for (const body of [answer.replace('"Token":', 'Token:'), answer.slice(0, -3), `hush${answer}`]) {
  test(`a broken answer (${body.length} bytes) is not quoted`, async t => {
    t.match(await examineAnswer(t, 200, body), { status: 'failed', summary: /gave none: the answer is not as credentials are$/ })
  })
}

test('nobody at the endpoint has failed', async t => {
  const finding = await examineWith(credentialsCheck, { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/x' } })
  t.match(finding, { status: 'failed', summary: /ECONNREFUSED/, facts: { source: 'the container credentials endpoint' } })
})
