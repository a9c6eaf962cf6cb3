import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { test } from 'tap'
import { accountId, credentials, region, type RunningKms, startTestKms } from './fixtures/running-kms.ts'

// Where Debian puts it; an `aws` found on PATH may be a version manager's stub.
const aws = '/usr/bin/aws'

function isUsable (): boolean {
  try {
    return existsSync(aws) && execFileSync(aws, ['--version'], { encoding: 'utf8' }).startsWith('aws-cli/')
  } catch {
    return false
  }
}

// Each command is a Python program that takes seconds to start on a busy machine.
t.setTimeout(180_000)

const skip = isUsable() ? false : 'the AWS command line is not here'

interface Finished { readonly answer: Record<string, unknown>, readonly error: string }

/** Runs `aws kms …` with the credentials of the administrator's role, in the machine's time. */
async function kmsCommand ({ kms }: RunningKms, directory: string, ...parameters: string[]): Promise<Finished> {
  const { secretAccessKey, sessionToken } = credentials.ASIAADMIN
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: directory,
    AWS_ACCESS_KEY_ID: 'ASIAADMIN',
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: region,
    AWS_CA_BUNDLE: kms.caFile,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  return await new Promise(resolve => {
    const options = ['--endpoint-url', kms.endpoint, '--output', 'json', '--no-cli-pager', '--cli-binary-format', 'base64']
    execFile(aws, ['kms', ...parameters, ...options], { env, cwd: directory }, (_failure, stdout, stderr) => {
      resolve({ answer: stdout === '' ? {} : JSON.parse(stdout) as Record<string, unknown>, error: stderr.trim() })
    })
  })
}

test('the AWS command line makes a key, encrypts, decrypts and makes data keys with it', { skip }, async t => {
  await using running = await startTestKms({ now: Date.now })
  const directory = t.testdir()
  const secret = randomBytes(1000)
  await writeFile(join(directory, 'secret'), secret)

  const created = await kmsCommand(running, directory, 'create-key', '--description', 'made by a command')
  t.equal(created.error, '')
  const { Arn, KeyId } = created.answer.KeyMetadata as { Arn: string, KeyId: string }
  t.match(Arn, `arn:aws:kms:${region}:${accountId}:key/${KeyId}`)

  const context = ['--encryption-context', 'purpose=signer,tenant=a']
  const sealed = await kmsCommand(running, directory, 'encrypt', '--key-id', KeyId, '--plaintext', 'fileb://secret', ...context)
  t.equal(sealed.error, '')
  await writeFile(join(directory, 'blob'), Buffer.from(String(sealed.answer.CiphertextBlob), 'base64'))
  const opened = await kmsCommand(running, directory, 'decrypt', '--ciphertext-blob', 'fileb://blob', ...context)
  t.same(opened, { answer: { KeyId: Arn, Plaintext: secret.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }, error: '' })

  const refused = await kmsCommand(running, directory, 'decrypt', '--ciphertext-blob', 'fileb://blob')
  t.match(refused.error, 'An error occurred (InvalidCiphertextException) when calling the Decrypt operation')

  const dataKey = await kmsCommand(running, directory, 'generate-data-key', '--key-id', Arn, '--key-spec', 'AES_256')
  t.equal(Buffer.from(String(dataKey.answer.Plaintext), 'base64').length, 32)
  t.same(running.kms.calls(), {
    'CreateKey:ok': 1, 'Encrypt:ok': 1, 'Decrypt:ok': 1, 'Decrypt:InvalidCiphertextException': 1, 'GenerateDataKey:ok': 1,
  })
})

test('the AWS command line puts and gets a key policy, and shows a refusal as AWS words it', { skip }, async t => {
  await using running = await startTestKms({ now: Date.now })
  const directory = t.testdir()
  const key = await running.kms.ensureDefaultKey()
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' },
    ],
  })
  await writeFile(join(directory, 'policy.json'), policy)
  const put = await kmsCommand(running, directory, 'put-key-policy', '--key-id', key, '--policy-name', 'default', '--policy', 'file://policy.json')
  t.same(put, { answer: {}, error: '' })
  const got = await kmsCommand(running, directory, 'get-key-policy', '--key-id', key, '--policy-name', 'default')
  t.same(got.answer.Policy, await readFile(join(directory, 'policy.json'), 'utf8'))

  const refused = await kmsCommand(running, directory, 'encrypt', '--key-id', key, '--plaintext', 'YQ==')
  t.equal(refused.error, `An error occurred (AccessDeniedException) when calling the Encrypt operation: User: arn:aws:sts::${accountId}:assumed-role/admin/console is not authorized to perform: kms:Encrypt on resource: ${key} with an explicit deny in a resource-based policy`)
})
