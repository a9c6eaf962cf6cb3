import { createHash } from 'node:crypto'
import { test } from 'tap'
import { authenticate } from '../../../src/kms/signature-v4/authenticate.ts'
import type { KmsCredential } from '../../../src/kms/signature-v4/credentials.ts'
import { signatureOf } from '../../../src/kms/signature-v4/signature.ts'
import { type Signer, signRequest } from '../fixtures/sign-request.ts'

const now = Date.UTC(2026, 5, 15, 12)
const minute = 60_000
const body = '{"KeyId":"x"}'
const principalArn = 'arn:aws:sts::111122223333:assumed-role/admin/console'
const credential: KmsCredential = { secretAccessKey: 'secret', sessionToken: 'token', principalArn, expiresAt: now + 1 }
const signer: Signer = { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token', region: 'us-east-1' }
const headers = { host: 'kms.us-east-1.amazonaws.com', 'x-amz-target': 'TrentService.DescribeKey' }

interface Changes {
  readonly sign?: Partial<Signer>
  readonly date?: number
  readonly add?: Record<string, string>
  /** Changes to the headers after signing; `undefined` takes one away. */
  readonly tamper?: Record<string, string | undefined>
  readonly body?: string
  readonly credential?: Partial<KmsCredential>
  readonly now?: number
}

function arrive (changes: Changes = {}) {
  const signed = signRequest({ ...headers, ...changes.add }, body, { ...signer, ...changes.sign }, changes.date ?? now)
  const sent = Object.entries({ ...signed, ...changes.tamper }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return authenticate({ headers: new Map(sent), body: Buffer.from(changes.body ?? body) }, {
    credentials: { find: id => id === 'ASIA' ? { ...credential, ...changes.credential } : undefined },
    region: 'us-east-1',
    now: () => changes.now ?? now,
  })
}

test('a well-signed request is its credential\'s principal', async t => {
  t.equal(arrive().arn, principalArn)
})

test('a signed hash of the body may stand in a header', async t => {
  const hash = createHash('sha256').update(body).digest('hex')
  t.equal(arrive({ add: { 'x-amz-content-sha256': hash } }).arn, principalArn)
})

test('the clocks may be five minutes apart, and no more', async t => {
  t.equal(arrive({ date: now - 5 * minute }).arn, principalArn)
  t.equal(arrive({ date: now + 5 * minute }).arn, principalArn)
  t.throws(() => arrive({ date: now - 5 * minute - 1000 }), {
    code: 'InvalidSignatureException', message: 'Signature expired: 20260615T115459Z is now earlier than 20260615T115500Z (20260615T120000Z - 5 min.)',
  })
  t.throws(() => arrive({ date: now + 5 * minute + 1000 }), {
    code: 'InvalidSignatureException', message: 'Signature not yet current: 20260615T120501Z is still later than 20260615T120500Z (20260615T120000Z + 5 min.)',
  })
})

const doesNotMatch = { code: 'InvalidSignatureException', message: /^The request signature we calculated does not match/ }
const wrongToken = { code: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' }
const unsigned = (name: string) => ({ code: 'InvalidSignatureException', message: `'${name}' must be a 'SignedHeader' in the AWS Authorization.` })
const invalid = (message: string) => ({ code: 'InvalidSignatureException', message })
const incomplete = (message: string) => ({ code: 'IncompleteSignatureException', message })

const refusals: [string, Changes, { code: string, message: string | RegExp }][] = [
  ['with another secret', { sign: { secretAccessKey: 'secreT' } }, doesNotMatch],
  ['whose body was changed', { body: '{"KeyId":"y"}' }, doesNotMatch],
  ['whose operation was changed', { tamper: { 'x-amz-target': 'TrentService.Decrypt' } }, doesNotMatch],
  ['whose host was changed', { tamper: { host: 'kms.eu-west-1.amazonaws.com' } }, doesNotMatch],
  ['whose signed header is gone', { add: { 'content-type': 'x' }, tamper: { 'content-type': undefined } }, doesNotMatch],
  ['that names another body', { add: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, doesNotMatch],
  ['with an unsigned header of AWS\'s own', { tamper: { 'x-amz-other': 'x' } }, unsigned('x-amz-other')],
  ['for another region', { sign: { region: 'eu-west-1' } }, invalid('Credential should be scoped to a valid region.')],
  ['for another service', { sign: { service: 's3' } }, invalid("Credential should be scoped to correct service: 'kms'.")],
  ['signed on another day than its date', { date: now, tamper: { 'x-amz-date': '20260616T115900Z' } },
    invalid('Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.')],
  ['without a date', { tamper: { 'x-amz-date': undefined } },
    incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")],
  ['with a misshapen date', { tamper: { 'x-amz-date': '20260615T12:00:00Z' } }, incomplete('Date must be in ISO-8601 basic format.')],
  ['with an impossible date', { tamper: { 'x-amz-date': '20260615T996060Z' } }, incomplete('Date must be in ISO-8601 basic format.')],
  ['under an unknown access key', { sign: { accessKeyId: 'AKIA' } }, wrongToken],
  ['with another session token', { sign: { sessionToken: 'tokem' } }, wrongToken],
  ['without its session token', { credential: { sessionToken: 'other' } }, wrongToken],
  ['with a token where there is none', { credential: { sessionToken: '' } }, wrongToken],
  ['with an expired credential', { now: now + 1 }, { code: 'ExpiredTokenException', message: 'The security token included in the request is expired' }],
  ['without an Authorization header', { tamper: { authorization: undefined } },
    { code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' }],
]

for (const [name, changes, refusal] of refusals) {
  test(`a request ${name} is refused`, async t => {
    t.throws(() => arrive(changes), refusal)
  })
}

test('a session token left out of the request is refused, not taken for a long-term key', async t => {
  const { sessionToken: _, ...longTerm } = signer
  const signed = signRequest(headers, body, longTerm, now)
  t.throws(() => authenticate({ headers: new Map(Object.entries(signed)), body: Buffer.from(body) }, {
    credentials: { find: () => credential }, region: 'us-east-1', now: () => now,
  }), wrongToken)
})

test('the host must be signed, and the list of signed headers sorted and without repetition', async t => {
  const all = new Map(Object.entries(signRequest(headers, body, signer, now)))
  // The signature over the very list, so that nothing but the list is wrong.
  const arriveWith = (signedHeaders: string[]) => {
    const scope = { date: '20260615', region: 'us-east-1', service: 'kms' }
    const signature = signatureOf({ headers: all, signedHeaders, body: Buffer.from(body), amzDate: '20260615T120000Z', scope }, 'secret')
    const authorization = `AWS4-HMAC-SHA256 Credential=ASIA/20260615/us-east-1/kms/aws4_request, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
    return arrive({ tamper: { authorization } })
  }
  t.equal(arriveWith(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']).arn, principalArn)
  t.throws(() => arriveWith(['x-amz-date', 'x-amz-security-token', 'x-amz-target']), unsigned('host'))
  t.throws(() => arriveWith(['host', 'x-amz-date', 'x-amz-target']), unsigned('x-amz-security-token'))
  t.throws(() => arriveWith(['x-amz-date', 'host', 'x-amz-security-token', 'x-amz-target']), doesNotMatch)
  t.throws(() => arriveWith(['host', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']), doesNotMatch)
  t.throws(() => arriveWith(['host', 'missing', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']), doesNotMatch)
})

test('a malformed principal in the directory is a fault of the simulator, not of the request', async t => {
  t.throws(() => arrive({ credential: { principalArn: 'somebody' } }), {
    name: 'Error', message: 'the credential directory holds a malformed principal: somebody',
  })
})
