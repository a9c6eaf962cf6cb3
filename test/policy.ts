import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import type { KMSClient } from '@aws-sdk/client-kms'
import { test } from 'tap'

import { awsKms, awsKmsText, hasAws } from './fixtures/aws.ts'
import { policyCommandOf, setPolicyStage } from './fixtures/policy-stage.ts'
import { startService } from './fixtures/service.ts'

const message = Buffer.from('policy').toString('base64')
const denied = { name: 'AccessDeniedException' }
const refused = { status: 502, body: { code: 'KMS_ACCESS_DENIED' } }

test('under the printed policy the measured enclave works, and nothing else does', async t => {
  await using stage = await setPolicyStage()
  await using enclave = await stage.startEnclave()
  await stage.putPolicy('--from', enclave.statusFile)

  await t.test('it is accepted, and the enclave makes keys and signs', async t => {
    t.match(await enclave.post('/keys', { keyId: 'made', keySpec: 'ECC_NIST_P256' }), { status: 201 })
    t.match(await enclave.post('/sign', { keyId: 'made', message }), { status: 200 })
  })

  await t.test('without an attestation nobody opens anything: neither the administrator nor the task role', async t => {
    const file = readFileSync(join(stage.dataDir, 'keys/made.json'), 'utf8')
    const { seal: { encryptedDataKey } } = JSON.parse(file) as { seal: { encryptedDataKey: string } }
    const CiphertextBlob = Buffer.from(encryptedDataKey, 'base64')
    const EncryptionContext = { 'enclave-signer:key-id': 'made', 'enclave-signer:key-spec': 'ECC_NIST_P256', 'enclave-signer:origin': 'ENCLAVE' }
    const callers = { administrator: stage.administrator, 'task role': await stage.taskRole() }
    for (const [who, kms] of Object.entries(callers)) {
      await t.rejects(kms.send(new DecryptCommand({ KeyId: stage.keyArn, CiphertextBlob, EncryptionContext })), denied, `${who}: Decrypt`)
      await t.rejects(kms.send(new GenerateDataKeyCommand({ KeyId: stage.keyArn, EncryptionContext, KeySpec: 'AES_256' })), denied, `${who}: GenerateDataKey`)
    }
  })

  await t.test('encrypting is denied where keys are made inside only, and kept out of the enclave\'s name where keys are imported', async t => {
    const importing = { 'enclave-signer:key-id': 'k', 'enclave-signer:key-spec': 'ECC_NIST_P256' }
    const encrypt = async (kms: KMSClient, EncryptionContext: Record<string, string>): Promise<unknown> =>
      await kms.send(new EncryptCommand({ KeyId: stage.keyArn, Plaintext: randomBytes(32), EncryptionContext }))
    const taskRole = await stage.taskRole()

    await t.rejects(encrypt(stage.administrator, importing), denied)
    await t.rejects(encrypt(taskRole, importing), denied)

    await stage.putPolicy('--from', enclave.statusFile, '--allow-import', stage.role('administrator'))
    await t.resolves(encrypt(stage.administrator, importing), 'the importer encrypts a key to import')
    await t.rejects(encrypt(stage.administrator, { ...importing, 'enclave-signer:origin': 'ENCLAVE' }), denied, 'but none that passes for one made inside')
    await t.rejects(encrypt(taskRole, importing), denied, 'and the task role still nothing')
    t.match(await enclave.post('/keys', { keyId: 'inside', keySpec: 'ECC_NIST_P256' }), { status: 201 }, 'both kinds live under one key')
  })

  await t.test('the right image by another signer is refused, though a statement added later allows the account everything', async t => {
    const account = { Effect: 'Allow', Principal: { AWS: stage.role('task') }, Action: 'kms:*', Resource: '*' }
    const putWithLater = async (...args: string[]): Promise<void> => {
      const policy = JSON.parse(stage.policy('--from', enclave.statusFile, ...args).stdout) as { Statement: unknown[] }
      policy.Statement.push(account)
      await stage.administrator.send(new PutKeyPolicyCommand({ KeyId: stage.keyArn, Policy: JSON.stringify(policy) }))
    }
    await putWithLater('--pcr8', 'ab'.repeat(48))
    t.match(await enclave.post('/keys', { keyId: 'later', keySpec: 'ECC_NIST_P256' }), refused, 'PCR0 is right, PCR8 is not')
    await putWithLater('--instance-role', stage.role('somebody-else'))
    t.match(await enclave.post('/keys', { keyId: 'later', keySpec: 'ECC_NIST_P256' }), refused, 'PCR0 is right, PCR3 is not')
    await putWithLater()
    t.match(await enclave.post('/keys', { keyId: 'later', keySpec: 'ECC_NIST_P256' }), { status: 201 }, 'the control: PCR0 alone')
  })

  await t.test('the administrator can change the policy again, the task role cannot even read it', async t => {
    const Policy = await stage.putPolicy('--pcr0', 'ab'.repeat(48))
    const taskRole = await stage.taskRole()
    await t.rejects(taskRole.send(new PutKeyPolicyCommand({ KeyId: stage.keyArn, Policy })), denied)
    await t.rejects(taskRole.send(new GetKeyPolicyCommand({ KeyId: stage.keyArn })), denied)
    await t.resolves(stage.administrator.send(new PutKeyPolicyCommand({ KeyId: stage.keyArn, Policy })))
  })

  await t.test('another life of the same image unseals what the first one made', async t => {
    await enclave.stop()
    await stage.putPolicy('--from', enclave.statusFile)
    await using again = await stage.startEnclave()
    t.match(await again.post('/sign', { keyId: 'made', message }), { status: 200 })
  })
})

test('another image is refused until its PCR0 is added, and the old one once it is taken out', async t => {
  await using stage = await setPolicyStage()
  const [oldImage, newImage] = [{}, { KMS_PROXY_PORT: '8765' }]
  const old = await stage.startEnclave(oldImage)
  await stage.putPolicy('--from', old.statusFile)
  t.match(await old.post('/keys', { keyId: 'carried', keySpec: 'ECC_NIST_P256' }), { status: 201 })
  await old.stop()

  const next = await stage.startEnclave(newImage)
  t.not(next.pcr0, old.pcr0)
  t.match(await next.post('/sign', { keyId: 'carried', message }), refused, 'not listed: it cannot unseal')
  t.match(await next.post('/keys', { keyId: 'own', keySpec: 'ECC_NIST_P256' }), refused, 'nor make a key')

  await stage.putPolicy('--pcr0', old.pcr0, '--from', next.statusFile)
  t.match(await next.post('/sign', { keyId: 'carried', message }), { status: 200 }, 'listed beside the old one')
  t.match(await next.post('/keys', { keyId: 'newer', keySpec: 'ECC_NIST_P256' }), { status: 201 })
  await next.stop()
  const back = await stage.startEnclave(oldImage)
  t.match(await back.post('/sign', { keyId: 'newer', message }), { status: 200 }, 'the old one still works: a roll back is a restart')
  await back.stop()

  await stage.putPolicy('--pcr0', next.pcr0)
  const late = await stage.startEnclave(oldImage)
  t.match(await late.post('/sign', { keyId: 'newer', message }), refused, 'taken out, it opens nothing')
  await late.stop()
})

test('the policy that was put is read back as the same, and a change of it is told in words', { skip: hasAws ? false : 'awscli is not installed' }, async t => {
  const service = await startService()
  t.teardown(async () => { await service.stop() })
  const environment = service.awsEnvironment()
  const key = ['--key-id', environment.KMS_KEY_ARN ?? '', '--policy-name', 'default']
  const policy = policyCommandOf(environment)
  const file = join(t.testdir(), 'current')
  const readBack = (): void => { writeFileSync(file, awsKmsText(environment, 'get-key-policy', ...key)) }
  const pcr0 = 'ab'.repeat(48)

  readBack()
  const first = policy('--pcr0', pcr0, '--diff', file)
  t.equal(first.exitCode, 1)
  t.match(first.stdout, /^removed {2}Enable IAM User Permissions\n {9}allows arn:aws:iam::\d{12}:root\n {9}kms:\*$/m, 'AWS\'s default policy goes')

  awsKms(environment, 'put-key-policy', ...key, '--policy', policy('--pcr0', pcr0).stdout)
  readBack()
  t.match(policy('--pcr0', pcr0, '--diff', file), { exitCode: 0, stdout: /^5 same, 0 changed, 0 added, 0 removed$/m })
  const rollout = policy('--pcr0', pcr0, '--pcr0', 'cd'.repeat(48), '--diff', file)
  t.match(rollout, { exitCode: 1, stdout: /^3 same, 2 changed, 0 added, 0 removed$/m })
  t.match(rollout.stdout, /^ {11}\+ (cd){48}$/m)
})
