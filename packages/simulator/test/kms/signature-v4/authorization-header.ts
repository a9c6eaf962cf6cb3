import { test } from 'tap'
import { parseAuthorization } from '../../../src/kms/signature-v4/authorization-header.ts'

const credential = 'AKIDEXAMPLE/20260615/us-east-1/kms/aws4_request'
const incomplete = (message: string) => ({ code: 'IncompleteSignatureException', message })

test('an Authorization header is taken apart, with and without spaces after its commas', async t => {
  const expected = {
    accessKeyId: 'AKIDEXAMPLE',
    scope: { date: '20260615', region: 'us-east-1', service: 'kms' },
    signedHeaders: ['host', 'x-amz-date'],
    signature: 'abc',
  }
  t.same(parseAuthorization(`AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=abc`), expected)
  t.same(parseAuthorization(`AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=host;x-amz-date,Signature=abc`), expected)
})

test('without an Authorization header the token is missing', async t => {
  for (const header of [undefined, '']) {
    t.throws(() => parseAuthorization(header), { code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' })
  }
})

const faults: [string, string, string][] = [
  ['another algorithm', 'AWS4-ECDSA-P256-SHA256 Credential=x', "Unsupported AWS 'algorithm', only AWS4-HMAC-SHA256 is accepted."],
  ['a password', 'Basic YTpi', "Unsupported AWS 'algorithm', only AWS4-HMAC-SHA256 is accepted."],
  ['nothing after the algorithm', 'AWS4-HMAC-SHA256',
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."],
  ['no signature', `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host`, "Authorization header requires 'Signature' parameter."],
  ['an empty signature', `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=`, "Authorization header requires 'Signature' parameter."],
  ['a short credential', 'AWS4-HMAC-SHA256 Credential=AKID/20260615, SignedHeaders=host, Signature=a',
    'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.'],
  ['another terminator', `AWS4-HMAC-SHA256 Credential=${credential}x, SignedHeaders=host, Signature=a`,
    'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.'],
]

for (const [name, header, message] of faults) {
  test(`an Authorization header with ${name} is incomplete`, async t => {
    t.throws(() => parseAuthorization(header), incomplete(message))
  })
}
