import { test } from 'tap'
import { accountId, startTestKms } from '../fixtures/running-kms.ts'

const administration = {
  Sid: 'administration', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:role/admin` }, Action: 'kms:*', Resource: '*',
}
const policy = JSON.stringify({ Version: '2012-10-17', Statement: [administration] })

test('GetKeyPolicy answers the policy as it was put, and the default one before', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const first = await running.call('GetKeyPolicy', { KeyId })
  t.match(first.body, { Policy: /"Enable IAM User Permissions"/, PolicyName: 'default' })

  t.equal((await running.call('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy: policy })).status, 200)
  t.same((await running.call('GetKeyPolicy', { KeyId })).body, { Policy: policy, PolicyName: 'default' })
})

test('a new policy judges the next request, and a role it leaves out is refused in AWS\'s wording', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const describe = async () => await running.call('DescribeKey', { KeyId }, { as: 'ASIAENCLAVE' })
  t.equal((await describe()).status, 200)

  await running.call('PutKeyPolicy', { KeyId, Policy: policy })
  const user = `User: arn:aws:sts::${accountId}:assumed-role/enclave-role/i-0123456789abcdef0 is not authorized to perform: kms:DescribeKey on resource: ${KeyId}`
  t.match(await describe(), {
    status: 400,
    body: { __type: 'AccessDeniedException', Message: `${user} because no resource-based policy allows the kms:DescribeKey action` },
  })

  const deny = { ...administration, Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${accountId}:role/enclave-role` } }
  await running.call('PutKeyPolicy', { KeyId, Policy: JSON.stringify({ Statement: [administration, deny] }) })
  t.match(await describe(), {
    status: 400, body: { __type: 'AccessDeniedException', Message: `${user} with an explicit deny in a resource-based policy` },
  })
})

test('a policy under which nobody present could change it again is refused, unless that is asked for', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const Policy = JSON.stringify({ Statement: [{ ...administration, Action: 'kms:Decrypt' }] })
  const lockout = {
    __type: 'MalformedPolicyDocumentException', message: 'The new key policy will not allow you to update the key policy in the future.',
  }
  t.same((await running.call('PutKeyPolicy', { KeyId, Policy })).body, lockout)
  t.same((await running.call('CreateKey', { Policy })).body, lockout)
  t.equal((await running.call('PutKeyPolicy', { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })).status, 200)
  t.match((await running.call('PutKeyPolicy', { KeyId, Policy: policy })).body, { __type: 'AccessDeniedException' })
})

test('PutKeyPolicy refuses what is no key policy and keeps the old one', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const before = (await running.call('GetKeyPolicy', { KeyId })).body
  t.match((await running.call('PutKeyPolicy', { KeyId, Policy: '{' })).body, { __type: 'MalformedPolicyDocumentException' })
  t.match((await running.call('PutKeyPolicy', { KeyId, Policy: `${policy}${' '.repeat(32_768)}` })).body, { __type: 'LimitExceededException' })
  t.match((await running.call('PutKeyPolicy', { KeyId, Policy: policy, PolicyName: 'other' })).body, {
    __type: 'NotFoundException', message: 'No such policy exists',
  })
  t.match((await running.call('PutKeyPolicy', { KeyId })).body, {
    __type: 'ValidationException', message: "1 validation error detected: Value null at 'policy' failed to satisfy constraint: Member must not be null",
  })
  t.same((await running.call('GetKeyPolicy', { KeyId })).body, before)
})

test('CreateKey takes a policy of its own', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey({ Statement: [administration] })
  t.equal((await running.call('DescribeKey', { KeyId })).status, 200)
  t.equal((await running.call('DescribeKey', { KeyId }, { as: 'ASIAENCLAVE' })).status, 400)
})

test('the default policy lets every principal of the account in and nobody else', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  t.equal((await running.call('DescribeKey', { KeyId }, { as: 'ASIAENCLAVE' })).status, 200)
  t.match((await running.call('DescribeKey', { KeyId }, { as: 'AKIAFOREIGN' })).body, { __type: 'AccessDeniedException' })
})

test('a dry run is judged and not done', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey({ Statement: [administration] })
  t.match((await running.call('Encrypt', { KeyId, Plaintext: 'YQ==', DryRun: true })).body, { __type: 'DryRunOperationException' })
  t.match((await running.call('Encrypt', { KeyId, Plaintext: 'YQ==', DryRun: true }, { as: 'ASIAENCLAVE' })).body, { __type: 'AccessDeniedException' })
})
