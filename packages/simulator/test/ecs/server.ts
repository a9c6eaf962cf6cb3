import { test } from 'tap'

import { createCredentialIssuer } from '../../src/ecs/credentials.ts'
import { createTaskMetadata } from '../../src/ecs/metadata.ts'
import { startEcs } from '../../src/ecs/server.ts'
import { createRotatingCredentials } from '../../src/ecs/task-role.ts'
import { jsonVector, withVectors } from '../fixtures/vectors.ts'

const facts = { region: 'us-east-1', accountId: '111122223333', image: 'enclave-signer:dev', imageId: `sha256:${'a'.repeat(64)}`, startedAt: 0 }
const role = {
  roleArn: 'arn:aws:iam::111122223333:role/task', principalArn: 'arn:aws:sts::111122223333:assumed-role/task/i-1', lifetimeMs: 60 * 60 * 1000,
}

async function get (url: string): Promise<{ status: number, body: Record<string, unknown> }> {
  const response = await fetch(url)
  return { status: response.status, body: await response.json() as Record<string, unknown> }
}

test('the ECS endpoints answer in the shapes of the real ones', withVectors, async (t) => {
  const now = (): number => Date.UTC(2026, 0, 1)
  const issuer = createCredentialIssuer(now)
  const credentials = createRotatingCredentials(issuer, role, now)
  const ecs = await startEcs({ containerId: 'abc-1', credentialsId: 'the-id', metadata: createTaskMetadata(facts), credentials })
  t.teardown(async () => { await ecs.close() })

  await t.test('container metadata names image and image id', async (t) => {
    const { status, body } = await get(ecs.metadataUri)
    t.equal(status, 200)
    t.match(body, { Image: 'enclave-signer:dev', ImageID: facts.imageId })
    const example = jsonVector('ecs/metadata-v4-example-container-metadata-response.json') as object
    t.same(Object.keys(body), Object.keys(example))
  })

  await t.test('task metadata holds the container', async (t) => {
    const { body } = await get(`${ecs.metadataUri}/task`)
    const example = jsonVector('ecs/metadata-v4-example-task-metadata-response.json') as object
    t.same(Object.keys(body), Object.keys(example).filter((name) => name !== 'VPCID'))
    t.match(body, { LaunchType: 'EC2', Containers: [{ ImageID: facts.imageId }] })
  })

  await t.test('credentials come in ECS order and are known to the directory', async (t) => {
    const { body } = await get(ecs.credentialsUri)
    t.same(Object.keys(body), Object.keys(jsonVector('ecs/credentials.response.json') as object))
    t.match(body, { RoleArn: role.roleArn, AccessKeyId: /^ASIA[A-Z2-7]{16}$/, Expiration: '2026-01-01T01:00:00Z' })
    const found = issuer.find(String(body.AccessKeyId))
    t.match(found, { secretAccessKey: body.SecretAccessKey, sessionToken: body.Token, principalArn: role.principalArn })
  })

  await t.test('wrong credential paths are refused with the real bodies', async (t) => {
    const errors = jsonVector('ecs/credentials.errors.json') as { http: number, body: object }[]
    const origin = new URL(ecs.credentialsUri).origin
    t.same(await get(`${origin}/v2/credentials/`), { status: errors[0]?.http, body: errors[0]?.body })
    t.same(await get(`${origin}/v2/credentials/other`), { status: errors[1]?.http, body: errors[1]?.body })
    t.equal((await get(`${origin}/v4/other`)).status, 404)
    t.equal((await get(`${origin}/`)).status, 404)
  })
})

test('credentials rotate before they expire, and old ones stay known as expired', async (t) => {
  let time = Date.UTC(2026, 0, 1)
  const issuer = createCredentialIssuer(() => time)
  const credentials = createRotatingCredentials(issuer, { ...role, lifetimeMs: 60_000 }, () => time)
  const first = credentials()
  time += 49_000
  t.same(credentials(), first, 'the same while more than a sixth of their life is left')
  time += 1_000
  const second = credentials()
  t.not(second.AccessKeyId, first.AccessKeyId)
  t.equal(second.Expiration, '2026-01-01T00:01:50Z')
  t.equal(issuer.find(first.AccessKeyId)?.expiresAt, Date.UTC(2026, 0, 1, 0, 1, 0))
  t.equal(issuer.find('ASIAUNKNOWN'), undefined)
})

test('credentials without a lifetime never expire, and a day after their end others are forgotten', async (t) => {
  let time = Date.UTC(2026, 0, 1)
  const issuer = createCredentialIssuer(() => time)
  const administrator = issuer.issue({ principalArn: role.principalArn })
  const short = issuer.issue({ principalArn: role.principalArn, lifetimeMs: 1000 })
  time += 24 * 60 * 60 * 1000 + 2000
  issuer.issue({ principalArn: role.principalArn })
  t.equal(issuer.find(administrator.accessKeyId)?.expiresAt, undefined)
  t.ok(issuer.find(administrator.accessKeyId))
  t.equal(issuer.find(short.accessKeyId), undefined)
})
