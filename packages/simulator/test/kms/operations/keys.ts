import { test } from 'tap'
import { accountId, now, region, startTestKms } from '../fixtures/running-kms.ts'

const arnPrefix = `arn:aws:kms:${region}:${accountId}`

test('CreateKey answers the metadata that DescribeKey repeats, by id and by ARN', async t => {
  await using running = await startTestKms()
  const created = await running.call('CreateKey', { Description: 'signs', KeySpec: 'SYMMETRIC_DEFAULT', Tags: [] })
  t.equal(created.status, 200)
  const metadata = created.body.KeyMetadata as { KeyId: string, Arn: string }
  t.match(metadata, {
    AWSAccountId: accountId,
    KeyId: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    Arn: `${arnPrefix}:key/${metadata.KeyId}`,
    CreationDate: now / 1000,
    Enabled: true,
    Description: 'signs',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  })
  for (const KeyId of [metadata.KeyId, metadata.Arn]) t.same((await running.call('DescribeKey', { KeyId })).body, created.body)
})

test('CreateKey makes no keys of other kinds', async t => {
  await using running = await startTestKms()
  for (const [member, value] of [['KeySpec', 'RSA_2048'], ['KeyUsage', 'SIGN_VERIFY'], ['Origin', 'EXTERNAL'], ['CustomerMasterKeySpec', 'ECC_NIST_P256'], ['MultiRegion', true]] as const) {
    const { body } = await running.call('CreateKey', { [member]: value })
    t.match(body, { __type: 'UnsupportedOperationException', message: RegExp(`^${member} `) })
  }
})

test('CreateKey is for principals of the account', async t => {
  await using running = await startTestKms()
  const { status, body } = await running.call('CreateKey', {}, { as: 'AKIAFOREIGN' })
  t.equal(status, 400)
  t.same(body, {
    __type: 'AccessDeniedException',
    Message: 'User: arn:aws:iam::444455556666:user/eve is not authorized to perform: kms:CreateKey because no identity-based policy allows the kms:CreateKey action',
  })
})

test('a key that does not exist is not found', async t => {
  await using running = await startTestKms()
  const KeyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
  for (const [operation, body] of [
    ['DescribeKey', {}], ['GetKeyPolicy', {}], ['PutKeyPolicy', { Policy: '{}' }], ['Encrypt', { Plaintext: 'YQ==' }], ['GenerateDataKey', { KeySpec: 'AES_256' }],
    ['Decrypt', { CiphertextBlob: 'YQ==' }],
  ] as const) {
    t.same((await running.call(operation, { ...body, KeyId })).body, {
      __type: 'NotFoundException', message: `Key '${arnPrefix}:key/${KeyId}' does not exist`,
    }, operation)
  }
})
