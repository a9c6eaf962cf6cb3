import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { Agent } from 'node:https'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'

import { exportSPKI } from 'jose'
import { test } from 'tap'

import { createAuthority, daysFromNow } from '../apps/parent/test/fixtures/authority.ts'
import type { Identity } from '../apps/parent/test/fixtures/authority.ts'
import { createIssuer, rawJwt } from '../apps/parent/test/fixtures/jwt-issuer.ts'
import type { TestIssuer } from '../apps/parent/test/fixtures/jwt-issuer.ts'
import { makeToken, startSecured } from './fixtures/secured-service.ts'

const actions = ['sign', 'keys:create', 'keys:import', 'keys:read', 'enclave:read', 'enclave:restart', 'metrics:read']
const kinds = ['token', 'certificate', 'jwt'] as const

/** Somebody in the callers file. Keys are `mine-*` for everybody. */
interface Member {
  name: string
  kind: typeof kinds[number]
  actions: string[]
  token: string
  sha256: string
}

/** Each kind of caller with nothing, with each action alone, with all but each action, and with everything. */
const members: Member[] = kinds.flatMap(kind => [
  [], actions, ...actions.map(action => [action]), ...actions.map(action => actions.filter(other => other !== action)),
].map((allowed, index) => ({ name: `${kind}-${index}`, kind, actions: allowed, ...makeToken() })))

const watcher = makeToken()
const onceOnly = 'once-only'

function entryOf ({ name, kind, actions: allowed, sha256 }: Member, issuer: TestIssuer): string {
  const credential = {
    token: `tokenSha256: "${sha256}"`,
    certificate: `clientCertificate: { dns: ${name}.internal }`,
    jwt: `jwt: { issuer: "${issuer.name}", subject: ${name} }`,
  }[kind]
  const isOfKeys = (action: string): boolean => action === 'sign' || action.startsWith('keys:')
  const permissions = allowed.map(action => `      - { actions: ["${action}"]${isOfKeys(action) ? ', keys: ["mine-*"]' : ''} }\n`)
  return `  - name: ${name}\n    credentials:\n      - ${credential}\n    permissions:${permissions.length === 0 ? ' []\n' : `\n${permissions.join('')}`}`
}

function callersFile (issuer: TestIssuer, listed = members): string {
  return `issuers:
  - { issuer: "${issuer.name}", audience: "${issuer.audience}", jwksFile: jwks.json }
callers:
  - { name: watcher, credentials: [{ tokenSha256: "${watcher.sha256}" }], permissions: [{ actions: ["enclave:read"] }, { actions: ["keys:create"], keys: ["*"] }] }
  - { name: ${onceOnly}, credentials: [{ jwt: { issuer: "${issuer.name}", subject: ${onceOnly}, singleUse: true } }], permissions: [{ actions: ["enclave:read"] }] }
${listed.map(member => entryOf(member, issuer)).join('')}`
}

/** A request, the action it takes, the key it is about, and how it is answered where it is permitted. */
type Asked = [method: string, path: string, action: string, keyId: string | undefined, permitted: number, body?: object]

let made = 0
const digest = Buffer.alloc(32, 1).toString('base64')

/** Every route, with a key the caller may use, one it may not, and keys that are not there. */
function everyRequest (): Asked[] {
  const newKey = `mine-new-${++made}`
  return [
    ...['mine-1', 'other-1', 'mine-9', 'other-9'].flatMap((keyId): Asked[] => {
      const found = keyId === 'mine-1' ? 200 : 404
      return [
        ['POST', '/sign', 'sign', keyId, found, { keyId, message: digest }],
        ['POST', '/sign', 'sign', keyId, found, { keyId, message: digest, messageType: 'DIGEST', signingAlgorithm: 'ECDSA_SHA_256' }],
        ['GET', `/keys/${keyId}`, 'keys:read', keyId, found],
        ['HEAD', `/keys/${keyId}`, 'keys:read', keyId, found],
        ['GET', `/keys/${keyId}/attestation`, 'keys:read', keyId, found],
      ]
    }),
    ['POST', '/sign/batch', 'sign', undefined, 200, { items: [{ keyId: 'mine-1', message: digest }] }],
    ['POST', '/keys', 'keys:create', newKey, 201, { keyId: newKey, keySpec: 'ECC_NIST_P256' }],
    ['POST', '/keys', 'keys:create', 'mine-1', 409, { keyId: 'mine-1', keySpec: 'ECC_NIST_P256' }],
    ['POST', '/keys', 'keys:create', 'other-1', 409, { keyId: 'other-1', keySpec: 'ECC_NIST_P256' }],
    ['POST', '/keys/import', 'keys:import', 'mine-1', 409, { keyId: 'mine-1', keySpec: 'ECC_NIST_P256', ciphertextBlob: 'AA==' }],
    ['POST', '/keys/import', 'keys:import', 'other-1', 409, { keyId: 'other-1', keySpec: 'ECC_NIST_P256', ciphertextBlob: 'AA==' }],
    ['GET', '/keys', 'keys:read', undefined, 200],
    ['GET', '/enclave', 'enclave:read', undefined, 200],
    ['GET', '/enclave/status', 'enclave:read', undefined, 200],
    ['GET', '/enclave/attestation', 'enclave:read', undefined, 200],
    ['GET', '/openapi.json', 'enclave:read', undefined, 200],
    ['GET', '/docs', 'enclave:read', undefined, 200],
    ['GET', '/docs/static/swagger-ui.css', 'enclave:read', undefined, 200],
    ['GET', '/metrics', 'metrics:read', undefined, 200],
    ['GET', '/livez', 'nothing', undefined, 200],
    ['GET', '/readyz', 'nothing', undefined, 200],
    ['GET', '/nobody/is/here', 'credentials', undefined, 404],
    ['DELETE', '/keys/mine-1', 'credentials', undefined, 405],
    ['POST', '/livez', 'nothing', undefined, 405],
  ]
}

/** What the callers file says, read by this test for itself. */
function expectedStatus ({ actions: allowed }: Pick<Member, 'actions'>, [, , action, keyId, permitted]: Asked): number {
  if (action === 'nothing' || action === 'credentials') return permitted
  return allowed.includes(action) && (keyId === undefined || keyId.startsWith('mine-')) ? permitted : 403
}

test('callers', async t => {
  await using service = await startSecured(issuer => callersFile(issuer), watcher.token)
  const { ask, agentOf, authority, issuer } = service
  const ofNobody = agentOf()
  const certificateOf = (name: string, more: object = {}): Identity => authority.issue({ commonName: name, dns: [`${name}.internal`], ...more })
  for (const keyId of ['mine-1', 'other-1']) {
    t.equal((await ask(ofNobody, 'POST', '/keys', { keyId, keySpec: 'ECC_SECG_P256K1' }, watcher.token)).status, 201)
  }

  await t.test('every kind of caller with every set of actions gets every route as the file says', async t => {
    let [asked, wrong] = [0, 0]
    await Promise.all(members.map(async member => {
      const agent = agentOf(member.kind === 'certificate' ? certificateOf(member.name) : undefined)
      const token = member.kind === 'token' ? member.token : member.kind === 'jwt' ? await issuer.issue({ sub: member.name }) : undefined
      for (const one of everyRequest()) {
        const [method, path, action, keyId, , body] = one
        const { status, code } = await ask(agent, method, path, body, token)
        asked++
        const expected = expectedStatus(member, one)
        if (status === expected && (status !== 403 || method === 'HEAD' || code === 'NOT_PERMITTED')) continue
        wrong++
        t.fail(`${member.name} (${member.actions.join(' ')}) ${method} ${path} ${keyId ?? ''} [${action}]: ${status} ${code ?? ''}, not ${expected}`)
      }
    }))
    t.equal(wrong, 0)
    t.comment(`${asked} requests of ${members.length} callers`)
  })

  await t.test('without credentials only the probes answer', async t => {
    for (const [method, path, action, , permitted, body] of everyRequest()) {
      const { status, code, headers } = await ask(ofNobody, method, path, body)
      t.equal(status, action === 'nothing' ? permitted : 401, `${method} ${path}`)
      if (status !== 401) continue
      t.equal(headers['www-authenticate'], 'Bearer realm="enclave-signer"')
      if (method !== 'HEAD') t.equal(code, 'CALLER_UNKNOWN')
    }
  })

  await t.test('tokens that nobody has, or that somebody made up, are refused', async t => {
    const now = Math.floor(Date.now() / 1000)
    const stranger = await createIssuer()
    const publicPem = await exportSPKI(issuer.publicKey)
    const claims = { iss: issuer.name, aud: issuer.audience, sub: 'jwt-1', iat: now, exp: now + 60 }
    const good = await issuer.issue({ sub: 'jwt-1' })
    t.equal((await ask(ofNobody, 'GET', '/enclave/status', undefined, good)).status, 200)
    for (const [title, token, code] of [
      ['an unknown token', makeToken().token, 'CALLER_UNKNOWN'],
      ['an expired JWT', await issuer.issue({ sub: 'jwt-1', exp: now - 10 }), 'CALLER_CREDENTIALS_EXPIRED'],
      ['an old JWT', await issuer.issue({ sub: 'jwt-1', iat: now - 3700, exp: now + 60 }), 'CALLER_CREDENTIALS_EXPIRED'],
      ['a JWT that is not valid yet', await issuer.issue({ sub: 'jwt-1', nbf: now + 60 }), 'CALLER_UNKNOWN'],
      ['a JWT for another audience', await issuer.issue({ sub: 'jwt-1', aud: 'another' }), 'CALLER_UNKNOWN'],
      ['a JWT of another issuer', await issuer.issue({ sub: 'jwt-1', iss: 'https://another.example' }), 'CALLER_UNKNOWN'],
      ['a JWT that somebody else signed', await stranger.issue({ sub: 'jwt-1' }), 'CALLER_UNKNOWN'],
      ['a JWT with alg none', rawJwt({ alg: 'none', typ: 'JWT' }, claims), 'CALLER_UNKNOWN'],
      ['a JWT with the public key as HS256 secret', rawJwt({ alg: 'HS256', kid: 'k1' }, claims, text => createHmac('sha256', publicPem).update(text).digest('base64url')), 'CALLER_UNKNOWN'],
      ['a JWT of a subject that is nobody', await issuer.issue({ sub: 'nobody-here' }), 'CALLER_UNKNOWN'],
      ['a JWT whose last letter is another', `${good.slice(0, -2)}${good.at(-2) === 'A' ? 'B' : 'A'}${good.slice(-1)}`, 'CALLER_UNKNOWN'],
    ] as const) {
      const answer = await ask(ofNobody, 'GET', '/enclave/status', undefined, token)
      t.match(answer, { status: 401, code }, title)
      t.equal(answer.headers['www-authenticate'], 'Bearer realm="enclave-signer", error="invalid_token"')
    }
  })

  await t.test('a token that is taken once is refused when it is replayed', async t => {
    const take = async (token: string): Promise<string | undefined> => (await ask(ofNobody, 'GET', '/enclave/status', undefined, token)).status === 200 ? token : undefined
    let token: string | undefined
    // Tokens issued in the first seconds after the start are refused: the process before may have taken them.
    for (let jti = 0; (token = await take(await issuer.issue({ sub: onceOnly, jti: `once-${jti}` }))) === undefined; jti++) await sleep(100)
    t.match(await ask(ofNobody, 'GET', '/enclave/status', undefined, token), { status: 401, code: 'CALLER_CREDENTIALS_EXPIRED' })
  })

  await t.test('certificates of the wrong authority, of the wrong time or of nobody are refused', async t => {
    const dns = ['certificate-1.internal']
    for (const [title, identity, code] of [
      ['wrong CA', createAuthority('another authority').issue({ commonName: 'x', dns }), 'CALLER_UNKNOWN'],
      ['expired', certificateOf('certificate-1', { notAfter: daysFromNow(-0.1) }), 'CALLER_CREDENTIALS_EXPIRED'],
      ['not yet valid', certificateOf('certificate-1', { notBefore: daysFromNow(0.1) }), 'CALLER_UNKNOWN'],
      ['for servers', certificateOf('certificate-1', { usage: 'server' }), 'CALLER_UNKNOWN'],
      ['of nobody', certificateOf('nobody-here'), 'CALLER_UNKNOWN'],
    ] as const) t.match(await ask(agentOf(identity), 'GET', '/enclave/status'), { status: 401, code }, title)
    t.equal((await ask(agentOf(certificateOf('certificate-1')), 'GET', '/enclave/status')).status, 200)
  })

  await t.test('who is taken out of the file is refused on the connection that was good before', async t => {
    const shown: [Agent, string | undefined][] = [
      [agentOf(), members.find(({ name }) => name === 'token-1')?.token],
      [agentOf(certificateOf('certificate-1')), undefined],
      [agentOf(), await issuer.issue({ sub: 'jwt-1' })],
    ]
    const statuses = async (): Promise<number[]> => await Promise.all(shown.map(async ([agent, token]) => (await ask(agent, 'GET', '/enclave/status', undefined, token)).status))
    t.same(await statuses(), [200, 200, 200])
    for (const how of ['in place', 'by rename'] as const) {
      service.writeCallers(callersFile(issuer, []), how)
      while ((await statuses()).includes(200)) await sleep(20)
      t.same(await statuses(), [401, 401, 401], how)
      service.writeCallers(callersFile(issuer), how)
      while ((await statuses()).includes(401)) await sleep(20)
    }
    t.same(await statuses(), [200, 200, 200])
  })

  await t.test('SIGHUP has the files read at once', async t => {
    service.writeCallers(callersFile(issuer, []))
    process.kill(service.parent.pid, 'SIGHUP')
    const { token } = members[1] ?? watcher
    while ((await ask(ofNobody, 'GET', '/enclave/status', undefined, token)).status !== 401) await sleep(5)
    service.writeCallers(callersFile(issuer))
    while ((await ask(ofNobody, 'GET', '/enclave/status', undefined, token)).status !== 200) await sleep(20)
    t.pass()
  })

  await t.test('a broken edit raises the alarm and leaves the file before in force', async t => {
    service.writeCallers(`${callersFile(issuer, [])}  - name: x\n    credentials: []\n`)
    while ((await service.files())[0]?.refusedSince === null) await sleep(20)
    t.equal((await ask(ofNobody, 'GET', '/enclave/status', undefined, members[1]?.token)).status, 200)
    t.match(await service.metrics(), /^enclave_signer_files_refused\{name="callers"\} 1$/m)
    t.match(service.log(), /"level":"error".*"faults":\["CALLERS_FILE line \d+: \/callers\/2 must have required properties permissions",.*changed files are refused/)
    service.writeCallers(callersFile(issuer))
    while ((await service.files())[0]?.refusedSince !== null) await sleep(20)
    t.match(await service.metrics(), /^enclave_signer_files_refused\{name="callers"\} 0$/m)
  })

  await t.test('a renewed server certificate is shown without a restart', async t => {
    const renewed = createAuthority('a renewed authority')
    const { certificate, key } = renewed.issue({ commonName: 'localhost', dns: ['localhost'], usage: 'server' })
    writeFileSync(join(service.directory, 'cert.pem'), certificate)
    writeFileSync(join(service.directory, 'key.pem'), key)
    for (;;) {
      const socket = connect({ host: '127.0.0.1', port: service.port, servername: 'localhost', ca: renewed.certificate })
      const shown = await once(socket, 'secureConnect').then(() => true, () => false)
      socket.destroy()
      if (shown) break
      await sleep(20)
    }
    t.pass()
  })

  t.notMatch(service.log(), new RegExp([watcher, ...members].map(({ token }) => token).join('|')), 'no token is in the log')
})
