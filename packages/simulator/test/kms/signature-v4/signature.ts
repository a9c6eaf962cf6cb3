import { test } from 'tap'
import { signatureOf } from '../../../src/kms/signature-v4/signature.ts'
import { signRequest } from '../fixtures/sign-request.ts'

// AWS's published Signature Version 4 test suite: its POST cases to `/` without a query, all of one moment and one key.
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const amzDate = '20150830T123600Z'
const scope = { date: '20150830', region: 'us-east-1', service: 'service' }
const base = { host: 'example.amazonaws.com', 'x-amz-date': amzDate }

const cases = [
  { name: 'post-vanilla', headers: {}, body: '', signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b' },
  { name: 'post-header-key-sort', headers: { 'my-header1': 'value1' }, body: '', signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c' },
  { name: 'post-header-value-case', headers: { 'my-header1': 'VALUE1' }, body: '', signature: 'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d' },
  {
    name: 'post-x-www-form-urlencoded',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  {
    name: 'post-sts-header-before',
    headers: { 'x-amz-security-token': 'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==' },
    body: '',
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
]

for (const { name, headers, body, signature } of cases) {
  test(`the published case ${name} has the published signature`, async t => {
    const all = { ...base, ...headers }
    const signedHeaders = Object.keys(all).sort()
    const request = { headers: new Map(Object.entries(all)), signedHeaders, body: Buffer.from(body), amzDate, scope }
    t.equal(signatureOf(request, secretAccessKey), signature)
  })

  test(`the signer of these tests reproduces the published case ${name} too`, async t => {
    const { authorization = '' } = signRequest({ host: base.host, ...headers }, body,
      { accessKeyId: 'AKIDEXAMPLE', secretAccessKey, region: 'us-east-1', service: 'service' }, Date.UTC(2015, 7, 30, 12, 36))
    t.match(authorization, 'Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request')
    t.equal(/Signature=(\w+)$/.exec(authorization)?.[1], signature)
  })
}

test('header values are trimmed and their runs of spaces count as one', async t => {
  const sign = (value: string) => signatureOf({
    headers: new Map(Object.entries({ ...base, 'my-header1': value })),
    signedHeaders: ['host', 'my-header1', 'x-amz-date'],
    body: Buffer.alloc(0),
    amzDate,
    scope,
  }, secretAccessKey)
  t.equal(sign('  a   b  '), sign('a b'))
  t.not(sign('a b'), sign('ab'))
})
