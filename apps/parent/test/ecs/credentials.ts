import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'

import { test } from 'tap'
import type { Test } from 'tap'

import { Secret } from '../../src/config/secret.ts'
import { createCredentials } from '../../src/ecs/credentials.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

async function serve (t: Test, status: number, body: string): Promise<{ fullUri: string, headers: IncomingHttpHeaders[] }> {
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    headers.push(request.headers)
    response.writeHead(status).end(body)
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  return { fullUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/credentials/id`, headers }
}

const container = { from: 'container', relativeUri: '', token: undefined, tokenFile: '' } as const

test('the container endpoint\'s credentials are read, and cannot be printed', withVectors, async t => {
  const { fullUri } = await serve(t, 200, vector('ecs/credentials.response.json'))
  const credentials = await createCredentials({ ...container, fullUri }).fetch()
  t.equal(credentials.accessKeyId, 'ASIAIOSFODNN7EXAMPLE')
  t.equal(credentials.secretAccessKey.reveal(), 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')
  t.match(credentials.sessionToken.reveal(), /^IQoJ/)
  t.equal(credentials.expiresAt, Date.parse('2026-11-23T19:11:30Z'))
  t.notMatch(inspect(credentials) + JSON.stringify(credentials), /wJalr|IQoJ/)
})

test('the authorization token goes with the request', withVectors, async t => {
  const { fullUri, headers } = await serve(t, 200, vector('ecs/credentials.response.json'))
  await createCredentials({ ...container, fullUri, token: new Secret('the-token') }).fetch()
  t.equal(headers[0]?.authorization, 'the-token')
})

test('an endpoint that refuses is CREDENTIALS_UNAVAILABLE', async t => {
  const { fullUri } = await serve(t, 400, '{"code":"InvalidIdInRequest","message":"Credentials not found","HTTPErrorCode":400}')
  await t.rejects(createCredentials({ ...container, fullUri }).fetch(), { code: 'CREDENTIALS_UNAVAILABLE', facts: { source: 'container' }, message: /400/ })
})

test('an address that the SDK does not trust is CREDENTIALS_UNAVAILABLE', async t => {
  await t.rejects(createCredentials({ ...container, fullUri: 'http://192.0.2.1/x' }).fetch(), { code: 'CREDENTIALS_UNAVAILABLE' })
})

test('an answer that is no JSON is CREDENTIALS_UNAVAILABLE, and no piece of it is repeated', async t => {
  const { fullUri } = await serve(t, 200, '{"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":wJalrXUtnFEMI}')
  const error: unknown = await createCredentials({ ...container, fullUri }).fetch().catch((error: unknown) => error)
  t.match(error, { code: 'CREDENTIALS_UNAVAILABLE', message: 'no credentials (container): the answer is not JSON' })
  t.notMatch(inspect(error, { depth: 10 }), /wJalr|ASIAEXAMPLE/)
})
