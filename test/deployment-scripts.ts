import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { allowListCheck } from '../apps/parent/src/doctor/checks/allow-list.ts'
import { doctorPaths } from '../apps/parent/src/doctor/paths.ts'
import { doctorSettings } from '../apps/parent/src/doctor/settings.ts'
import { parseAllocator } from '../apps/parent/src/nitro-cli/allocator.ts'
import { startAwsStub, taskDefinitionArn } from './fixtures/aws-stub.ts'
import { renderTemplate } from './fixtures/cloudformation.ts'
import { ecsFile, runTool, withoutTool, withRecentAws } from './fixtures/deployment.ts'
import type { CommandResult } from './fixtures/policy-stage.ts'

const scripts = ['register-task-definition.sh', 'update-stack.sh'].map(ecsFile)
const { parameters, outputs } = renderTemplate(ecsFile('cloudformation.yaml'), { parameters: {} })
const outputsNow: Record<string, string> = Object.fromEntries(Object.entries(outputs).map(([name, { Value }]) => [name, Value]))
const stack = { parameters: Object.fromEntries(Object.keys(parameters).map(name => [name, `${name}-now`])), outputs: outputsNow }
const release = ['enclave-signer', 'parent@sha256:1', 'enclave@sha256:2', 'a'.repeat(96)]

test('shellcheck finds nothing in the scripts', withoutTool('shellcheck'), async t => {
  t.same(await runTool('shellcheck', scripts), { stdout: '', stderr: '', exitCode: 0 })
})

test('a task definition is filled from the stack, and the AWS command line accepts it for what ECS takes', withRecentAws, async t => {
  await using aws = await startAwsStub(stack)
  const { stdout, stderr, exitCode } = await runTool(scripts[0] ?? '', release, aws.env)
  t.equal(exitCode, 0, stderr)
  t.equal(stdout, `${taskDefinitionArn(1)}\n`)
  const [registered] = aws.registered
  t.notMatch(JSON.stringify(registered), /\$\{/)
  t.match(registered, {
    taskRoleArn: outputsNow.TaskRoleArn,
    containerDefinitions: [
      { name: 'parent', image: 'parent@sha256:1', environment: [{ value: 'eu-central-1' }, { value: outputsNow.KeyArn }, { value: 'enclave@sha256:2' }, { value: 'a'.repeat(96) }] },
      { name: 'socat', image: 'parent@sha256:1' }, { name: 'vsock-proxy', command: ['vsock-proxy', '8000', 'kms.eu-central-1.amazonaws.com', '443'] }, { name: 'enclave-image', image: 'enclave@sha256:2' },
    ],
  })
})

test('a member that ECS does not know is refused before it is asked', withRecentAws, async t => {
  await using aws = await startAwsStub(stack)
  const folder = t.testdir({ 'task-definition.json': readFileSync(ecsFile('task-definition.json'), 'utf8').replace('"stopTimeout": 60', '"stopTimeoutMs": 60') })
  writeFileSync(join(folder, 'register.sh'), readFileSync(scripts[0] ?? ''), { mode: 0o755 })
  const { stderr, exitCode } = await runTool(join(folder, 'register.sh'), release, aws.env)
  t.not(exitCode, 0)
  t.match(stderr, /Unknown parameter in input|Unknown parameter in containerDefinitions\[0\]: "stopTimeoutMs"/)
  t.same(aws.registered, [])
})

test('a stack of another template is no source of a task definition', withRecentAws, async t => {
  await using aws = await startAwsStub({ ...stack, outputs: { Region: 'eu-central-1' } })
  t.match(await runTool(scripts[0] ?? '', release, aws.env), { exitCode: 1, stderr: /no output for every place/ })
  t.same(aws.registered, [])
  t.match(await runTool(scripts[0] ?? '', ['enclave-signer'], aws.env), { exitCode: 2, stderr: /^Usage: / })
})

test('parameters that are not named keep their values, and a list of PCR0s arrives as a list', withRecentAws, async t => {
  await using aws = await startAwsStub(stack)
  t.match(await runTool(scripts[1] ?? '', ['enclave-signer', 'Pcr0s=aa,bb', 'TaskDefinition=arn:x:1'], aws.env), { exitCode: 0, stderr: '' })
  const [form] = aws.updates
  t.match(Object.fromEntries(form ?? []), { Action: 'UpdateStack', StackName: 'enclave-signer', UsePreviousTemplate: 'true', 'Capabilities.member.1': 'CAPABILITY_IAM' })
  t.same(settingsIn(form), Object.fromEntries(Object.keys(parameters).map(name => [name, name === 'Pcr0s' ? 'aa,bb' : name === 'TaskDefinition' ? 'arn:x:1' : 'previous'])))
})

test('a parameter that the stack does not have is refused, and nothing to change is no failure', withRecentAws, async t => {
  await using aws = await startAwsStub(stack)
  t.match(await runTool(scripts[1] ?? '', ['enclave-signer', 'Pcr0=aa'], aws.env), { exitCode: 1, stderr: /has no parameter Pcr0\n/ })
  t.same(aws.updates, [])
  await using idle = await startAwsStub({ ...stack, updateError: 'No updates are to be performed.' })
  t.match(await runTool(scripts[1] ?? '', ['enclave-signer', 'Pcr0s=aa'], idle.env), { exitCode: 0, stdout: 'nothing to change\n' })
  await using failing = await startAwsStub({ ...stack, updateError: 'Stack is in UPDATE_IN_PROGRESS state' })
  t.match(await runTool(scripts[1] ?? '', ['enclave-signer', 'Pcr0s=aa'], failing.env), { exitCode: 1, stderr: /UPDATE_IN_PROGRESS/ })
})

test('the host sets aside what the parent reads there, allows vsock-proxy KMS alone, and then joins the cluster', async t => {
  const { folder, ended } = await bootHost(t, 'exit 0')
  t.equal(ended.exitCode, 0, ended.stderr)
  t.match(parseAllocator(readFileSync(join(folder, 'etc/nitro_enclaves/allocator.yaml'), 'utf8'), 'x'), { memoryMib: 3072, cpuCount: 2 })
  const paths = doctorPaths(folder)
  const settings = doctorSettings({ AWS_REGION: 'eu-central-1', RELAYS: 'managed' })
  t.match(await allowListCheck.run({ env: {}, settings, configurationFaults: [], paths, now: Date.now }, new AbortController().signal), { status: 'ok', facts: { entries: 1 } })
  t.match(readFileSync(join(folder, 'etc/ecs/ecs.config'), 'utf8'), /^ECS_RESERVED_MEMORY=3072$[^]*^ECS_CLUSTER=Cluster-id$/m)
  t.ok(existsSync(join(folder, 'var/lib/enclave-signer/eif')))
})

test('a host whose allocator does not start never joins the cluster', async t => {
  const { folder, ended } = await bootHost(t, 'case "$*" in *allocator*) exit 1;; esac')
  t.not(ended.exitCode, 0)
  t.notOk(existsSync(join(folder, 'etc/ecs/ecs.config')))
})

test('shellcheck finds nothing in the user data', withoutTool('shellcheck'), async t => {
  const file = join(t.testdir({ 'user-data.sh': userData() }), 'user-data.sh')
  t.same(await runTool('shellcheck', [file]), { stdout: '', stderr: '', exitCode: 0 })
})

function userData (): string {
  const { LaunchTemplate } = renderTemplate(ecsFile('cloudformation.yaml'), { parameters: {} }).resources
  return (LaunchTemplate?.Properties.LaunchTemplateData as { UserData: string }).UserData
}

/** Runs the user data with a folder in the place of the host's root, and `systemctl` as given. */
async function bootHost (t: Test, systemctl: string): Promise<{ folder: string, ended: CommandResult }> {
  const folder = t.testdir({ bin: { dnf: '#!/bin/sh\n', systemctl: `#!/bin/sh\n${systemctl}\n` }, 'user-data.sh': '' })
  for (const program of ['dnf', 'systemctl']) chmodSync(join(folder, 'bin', program), 0o755)
  for (const path of ['etc/nitro_enclaves', 'etc/ecs', 'etc/modules-load.d']) mkdirSync(join(folder, path), { recursive: true })
  writeFileSync(join(folder, 'user-data.sh'), userData().replaceAll(/ \/(etc|var)\//g, ` ${folder}/$1/`))
  return { folder, ended: await runTool('bash', [join(folder, 'user-data.sh')], { PATH: join(folder, 'bin') }) }
}

/** The parameters of an UpdateStack, `previous` for those that keep their value. */
function settingsIn (form: URLSearchParams | undefined): Record<string, string> {
  const settings: Record<string, string> = {}
  for (let index = 1; form?.has(`Parameters.member.${index}.ParameterKey`) === true; index++) {
    const member = (name: string): string | undefined => form.get(`Parameters.member.${index}.${name}`) ?? undefined
    settings[member('ParameterKey') ?? ''] = member('UsePreviousValue') === 'true' ? 'previous' : member('ParameterValue') ?? ''
  }
  return settings
}
