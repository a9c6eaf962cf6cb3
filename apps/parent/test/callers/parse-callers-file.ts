import { test } from 'tap'

import { parseCallersFile } from '../../src/callers/parse-callers-file.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)

const complete = `
issuers:
  - issuer: https://issuer.example
    audience: enclave-signer
    jwksUrl: https://issuer.example/keys
    algorithms: [ES256]
    maxAgeSeconds: 600
callers:
  - name: treasury
    credentials:
      - tokenSha256: "${a}"
      - clientCertificate: { spiffeId: spiffe://example.org/treasury }
      - jwt: { issuer: https://issuer.example, subject: treasury, claims: { team: x, level: 3, on: true }, singleUse: true }
    permissions:
      - actions: [sign]
        keys: ["treasury-*"]
        signingAlgorithms: [ECDSA_SHA_256]
        messageTypes: [DIGEST]
    rates:
      total: { requestsPerSecond: 100, burst: 200 }
      perKey: { requestsPerSecond: 0.5, burst: 1 }
`

function faultsOf (text: string, clientCertificates = true): readonly string[] {
  try {
    parseCallersFile(text, { clientCertificates })
    return []
  } catch (error) {
    return (error as { faults: readonly string[] }).faults
  }
}

/** A file with one caller of the given lines. */
function caller (lines: string, more = ''): string {
  return `callers:\n  - name: x\n    credentials: [{tokenSha256: "${a}"}]\n    permissions: []\n${lines}${more}`
}

/** A file with one caller, known by this JWT of the one issuer. */
function withJwt (jwt: string): string {
  return `issuers: [{issuer: i, audience: a, jwksFile: k}]\n${caller('').replace(/credentials: .*/, `credentials: [{jwt: ${jwt}}]`)}`
}

test('a complete file is taken as it is', async t => {
  const { callers: [first], issuers } = parseCallersFile(complete, { clientCertificates: true })
  t.match(first, {
    name: 'treasury',
    credentials: [{ tokenSha256: a }, { clientCertificate: { spiffeId: 'spiffe://example.org/treasury' } }, { jwt: { claims: { team: 'x', level: 3, on: true }, singleUse: true } }],
    rates: { total: { requestsPerSecond: 100, burst: 200 }, perKey: { requestsPerSecond: 0.5, burst: 1 } },
  })
  t.match(issuers, [{ algorithms: ['ES256'], maxAgeSeconds: 600 }])
})

test('a file without callers is taken, and nobody may call', async t => {
  t.same(parseCallersFile('callers: []', { clientCertificates: false }), { callers: [] })
})

const faulty: [title: string, text: string, faults: RegExp[]][] = [
  ['an empty file', '', [/line 1: the file must be object/]],
  ['YAML that is cut off', 'callers: [', [/^CALLERS_FILE line 1: /]],
  ['a member given twice', 'callers: []\ncallers: []', [/line 2: .*unique/]],
  ['an alias of nothing', 'callers: *nothing', [/alias/]],
  ['an unknown tag', 'callers: !js []', [/line 1: .*tag/]],
  ['aliases that explode', 'a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\ncallers: []', [/alias/]],
  ['an unknown member at the top', 'callers: []\nzoo: 1', [/line 2: \/zoo is not known/]],
  ['an unknown member of a caller', caller('    role: admin\n'), [/line 5: \/callers\/0\/role is not known/]],
  ['an unknown action', caller('').replace('permissions: []', 'permissions: [{actions: [fly]}]'), [/line 4: \/callers\/0\/permissions\/0\/actions\/0 must be one of sign, keys:create, keys:import, keys:read, enclave:read/]],
  ['a caller without credentials', caller('').replace(/credentials: .*/, 'credentials: []'), [/line 3: \/callers\/0\/credentials must not have fewer than 1/]],
  ['a token in clear', caller('').replace(a, 'my-token'), [/\/tokenSha256 must match pattern/]],
  ['a SHA-256 in capitals', caller('').replace(a, 'A'.repeat(64)), [/\/tokenSha256 must match pattern/]],
  ['two kinds in one credential', caller('').replace('{tok', '{clientCertificate: {dns: a}, tok'), [/\/credentials\/0 must not have more than 1/]],
  ['no kind in a credential', caller('').replace(/credentials: .*/, 'credentials: [{}]'), [/\/credentials\/0 must not have fewer than 1/]],
  ['a certificate known by two things', caller('').replace(/credentials: .*/, 'credentials: [{clientCertificate: {dns: a, uri: b}}]'), [/\/clientCertificate must not have more than 1/]],
  ['a SPIFFE id without a path', caller('').replace(/credentials: .*/, 'credentials: [{clientCertificate: {spiffeId: "spiffe://example.org"}}]'), [/\/spiffeId must match/]],
  ['a key pattern that no key id fits', caller('').replace('permissions: []', 'permissions: [{actions: [sign], keys: ["a/b"]}]'), [/\/keys\/0 must match pattern/]],
  ['a rate of nothing', caller('    rates: {total: {requestsPerSecond: 0, burst: 1}}\n'), [/\/rates\/total\/requestsPerSecond must be > 0/]],
  ['a rate without a burst', caller('    rates: {total: {requestsPerSecond: 1}}\n'), [/\/rates\/total must have required properties burst/]],
  ['an address of keys without TLS', `${caller('')}issuers: [{issuer: i, audience: a, jwksUrl: "http://i/keys"}]`, [/\/issuers\/0\/jwksUrl must match pattern/]],
  ['signatures by a shared secret', `${caller('')}issuers: [{issuer: i, audience: a, jwksFile: k, algorithms: [HS256]}]`, [/\/algorithms\/0 must be one of ES256/]],
  ['no signatures at all', `${caller('')}issuers: [{issuer: i, audience: a, jwksFile: k, algorithms: [none]}]`, [/\/algorithms\/0 must be one of ES256/]],
  ['an issuer without an audience', `${caller('')}issuers: [{issuer: i, jwksFile: k}]`, [/\/issuers\/0 must have required properties audience/]],
  ['an issuer without keys', `${caller('')}issuers: [{issuer: i, audience: a}]`, [/\/issuers\/0 must have one of jwksUrl and jwksFile/]],
  ['an issuer twice', `${caller('')}issuers: [{issuer: i, audience: a, jwksFile: k}, {issuer: i, audience: b, jwksFile: k}]`, [/\/issuers\/1\/issuer is the name of another issuer too/]],
  ['a caller\'s name twice', `${caller('')}  - {name: x, credentials: [{tokenSha256: "${b}"}], permissions: []}`, [/line 5: \/callers\/1\/name names another caller too/]],
  ['one token for two callers', `${caller('')}  - {name: y, credentials: [{tokenSha256: "${a}"}], permissions: []}`, [/line 5: \/callers\/1\/credentials\/0 is the credential of another entry too/]],
  ['one JWT for two callers, its members in another order', `${withJwt('{issuer: i, subject: s, claims: {a: 1, b: 2}}')}  - {name: y, credentials: [{jwt: {claims: {b: 2, a: 1}, subject: s, issuer: i}}], permissions: []}`, [/\/callers\/1\/credentials\/0 is the credential of another entry too/]],
  ['one JWT for two callers, once only for one of them', `${withJwt('{issuer: i, subject: s}')}  - {name: y, credentials: [{jwt: {issuer: i, subject: s, singleUse: true}}], permissions: []}`, [/is the credential of another entry too/]],
  ['one SPIFFE id for two callers, once as a URI', caller('').replace(/credentials: .*/, 'credentials: [{clientCertificate: {uri: "spiffe://a/b"}}, {clientCertificate: {spiffeId: "spiffe://a/b"}}]'), [/\/credentials\/1 is the credential of another entry too/]],
  ['an address of keys that is none', `${caller('')}issuers: [{issuer: i, audience: a, jwksUrl: "https://"}]`, [/line 5: \/issuers\/0\/jwksUrl must be an https address without user and password/]],
  ['an address of keys with a password', `${caller('')}issuers: [{issuer: i, audience: a, jwksUrl: "https://a:hush@b/"}]`, [/\/issuers\/0\/jwksUrl must be an https address without user and password/]],
  ['a name that stands for nobody', caller('').replace('name: x', 'name: nobody'), [/\/callers\/0\/name is a reserved name/]],
  ['a JWT of an issuer that is not there', caller('').replace(/credentials: .*/, 'credentials: [{jwt: {issuer: i, subject: s}}]'), [/\/jwt\/issuer is none of the issuers/]],
  ['every JWT of an issuer', `${caller('').replace(/credentials: .*/, 'credentials: [{jwt: {issuer: i}}]')}issuers: [{issuer: i, audience: a, jwksFile: k}]`, [/\/jwt must name subject or claims/]],
  ['signing with no key named', caller('').replace('permissions: []', 'permissions: [{actions: [sign]}]'), [/\/permissions\/0 must name keys/]],
  ['keys for what is not about keys', caller('').replace('permissions: []', 'permissions: [{actions: [metrics:read], keys: ["*"]}]'), [/\/permissions\/0 names keys, but no action on keys/]],
  ['algorithms for what is not signing', caller('').replace('permissions: []', 'permissions: [{actions: [keys:read], keys: ["*"], messageTypes: [RAW]}]'), [/\/permissions\/0 names signingAlgorithms or messageTypes, but not the action sign/]],
]

for (const [title, text, expected] of faulty) {
  test(`${title} is refused by line and path`, async t => {
    const faults = faultsOf(text)
    t.equal(faults.length, expected.length, faults.join('\n'))
    for (const [index, pattern] of expected.entries()) t.match(faults[index], pattern)
  })
}

test('JWTs that differ in a claim, a subject or an issuer are different credentials', async t => {
  const others = ['{issuer: i, subject: t}', '{issuer: i, claims: {a: 1}}', '{issuer: i, claims: {a: "1"}}', '{issuer: i, subject: s, claims: {a: 1}}']
  t.same(faultsOf(withJwt('{issuer: i, subject: s}').replace('}}]', `}}, ${others.map(jwt => `{jwt: ${jwt}}`).join(', ')}]`)), [])
})

test('thousands of callers may share an anchor', async t => {
  const callers = Array.from({ length: 2000 }, (_, index) =>
    `  - {name: n${index}, credentials: [{tokenSha256: "${index.toString(16).padStart(64, '0')}"}], permissions: ${index === 0 ? '&shared [{actions: [sign], keys: ["*"]}]' : '*shared'}}\n`)
  t.same(faultsOf(`callers:\n${callers.join('')}`), [])
})

test('a client certificate needs authorities to check it', async t => {
  const text = caller('').replace(/credentials: .*/, 'credentials: [{clientCertificate: {dns: a}}]')
  t.same(faultsOf(text), [])
  t.match(faultsOf(text, false), [/\/callers\/0\/credentials\/0\/clientCertificate needs TLS_CLIENT_CA_FILE/])
})

test('every fault of a file is told at once, however many', async t => {
  const faults = faultsOf(`callers:\n${'  - {}\n'.repeat(50)}`)
  t.equal(faults.length, 50)
  t.match(faults[49], /line 51: \/callers\/49 must have required properties name, credentials, permissions/)
})

test('what a file says is not repeated in its faults', async t => {
  t.notMatch(faultsOf(caller('').replace(a, 'hush-hush-token')).join('\n'), /hush/)
})
