import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { validateWorkflow } from '@action-validator/core'
import { test } from 'tap'
import { parse } from 'yaml'

import { createConfig } from '../apps/parent/src/config/config.ts'
import { readEnvironment } from '../apps/parent/src/config/environment.ts'
import { doctorPaths } from '../apps/parent/src/doctor/paths.ts'
import { comparePolicies, isSame } from '../apps/parent/src/policy/compare-policies.ts'
import { readGivenPolicy } from '../apps/parent/src/policy/given-policy.ts'
import type { GivenPolicy } from '../apps/parent/src/policy/given-policy.ts'
import { keyPolicyOf } from '../apps/parent/src/policy/key-policy.ts'
import { inWords } from '../apps/parent/src/policy/words.ts'
import { socatArguments } from '../apps/parent/src/relay/socat.ts'
import { vsockProxyArguments } from '../apps/parent/src/relay/vsock-proxy.ts'
import { renderTemplate } from './fixtures/cloudformation.ts'
import { containerOf, ecsFile, environmentOf, placesInTaskDefinition, root, runTool, taskDefinition, withoutTool } from './fixtures/deployment.ts'

const templates = ['cloudformation.yaml', 'github.yaml'].map(ecsFile)
const workflows = ['ci.yaml', 'release.yaml'].map(name => join(root, '.github/workflows', name))
const account = 'arn:aws:iam::111122223333:role/'
const [a, b, c] = ['a'.repeat(96), 'b'.repeat(96), 'c'.repeat(96)]

test('cfn-lint finds nothing in the templates', withoutTool('cfn-lint'), async t => {
  t.same(await runTool('cfn-lint', templates), { stdout: '', stderr: '', exitCode: 0 })
})

test('the template\'s key has the very policy that enclave-signer policy prints', t => {
  const taskRole = `${account}task`
  const admins = [`${account}admin`, `${account}second`]
  const variants = [
    [{ Pcr0s: a }, {}],
    [{ Pcr0s: `${a},${b}` }, { pcr0: [a, b] }],
    [{ Pcr0s: a, ImporterRoleArn: `${account}importer` }, { importRoles: [`${account}importer`] }],
    [{ Pcr0s: a, Pcr3: c }, { pcr3: [c] }],
    [{ Pcr0s: `${a},${b}`, Pcr3: c, ImporterRoleArn: `${account}importer` }, { pcr0: [a, b], pcr3: [c], importRoles: [`${account}importer`] }],
  ] as const
  for (const [parameters, options] of variants) {
    const input = { parameters: { AdministratorRoleArns: admins.join(), ...parameters }, attributes: { 'TaskRole.Arn': taskRole } }
    const { Key } = renderTemplate(ecsFile('cloudformation.yaml'), input).resources
    const printed = keyPolicyOf({ taskRole, adminRoles: admins, importRoles: [], pcr0: [a], pcr3: [], pcr8: [], ...options })
    const comparison = comparePolicies(given(Key?.Properties.KeyPolicy), given(printed))
    t.ok(isSame(comparison), inWords(comparison))
  }
  t.end()
})

test('a stack that was just made opens its key to nobody', t => {
  const { parameters, resources } = renderTemplate(ecsFile('cloudformation.yaml'), { parameters: {} })
  t.match(JSON.stringify(resources.Key?.Properties), /"StringNotEqualsIgnoreCase":\{"kms:RecipientAttestation:ImageSha384":\["none"\]\}/)
  const accepted = new RegExp(parameters.Pcr0s?.AllowedPattern ?? '')
  t.same(['none', a, a.toUpperCase(), '0'.repeat(96), ''].map(value => accepted.test(value)), [true, true, false, false, false])
  t.equal(resources.Service, undefined, 'nothing runs before there is a task definition')
  t.end()
})

test('a deployment ends the old task before the new one starts, on a host that has the ports once', t => {
  const { resources } = renderTemplate(ecsFile('cloudformation.yaml'), { parameters: { TaskDefinition: 'arn' } })
  t.match(resources.AutoScalingGroup?.Properties, { MinSize: '1', MaxSize: '1', DesiredCapacity: '1' })
  t.match(resources.Service?.Properties, {
    DesiredCount: 1,
    DeploymentConfiguration: { MinimumHealthyPercent: 0, MaximumPercent: 100, DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
    AvailabilityZoneRebalancing: 'DISABLED',
  })
  t.match(resources.LaunchTemplate?.Properties, { LaunchTemplateData: { EnclaveOptions: { Enabled: true }, MetadataOptions: { HttpTokens: 'required' } } })
  const task = taskDefinition({})
  t.equal(task.networkMode, 'host')
  const ports = task.containerDefinitions.flatMap(({ portMappings = [] }) => portMappings.map(({ containerPort }) => containerPort))
  t.same(ports, [8080, 8081, 8888])
  t.end()
})

const filled = {
  Region: 'eu-central-1',
  KeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k',
  EnclaveImage: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/e@sha256:${'d'.repeat(64)}`,
  Pcr0: a,
}

test('the stack has an output for every place in the task definition that a release does not fill', t => {
  const outputs = Object.keys(renderTemplate(ecsFile('cloudformation.yaml'), { parameters: {} }).outputs)
  t.same(placesInTaskDefinition().filter(name => !outputs.includes(name)).sort(), ['EnclaveImage', 'ParentImage', 'Pcr0'])
  t.end()
})

test('the parent accepts its environment in the task definition, and every variable is a documented one', t => {
  const env = environmentOf(containerOf(taskDefinition(filled), 'parent'))
  const config = createConfig(readEnvironment(env))
  t.match(config, { region: 'eu-central-1', relays: 'external', enclave: { expectedPcr0: a }, image: { from: 'image', image: filled.EnclaveImage } })
  const documentation = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
  for (const name of Object.keys(env)) t.ok(documentation.includes(`\`${name}\``), name)
  t.end()
})

test('the sidecars run the relays\' own command lines', t => {
  const task = taskDefinition(filled)
  const { relayPort, kmsProxyPort, region, enclave, ops, port } = createConfig(readEnvironment(environmentOf(containerOf(task, 'parent'))))
  t.same(containerOf(task, 'socat').command, ['socat', ...socatArguments(relayPort, enclave.cid)])
  t.same(containerOf(task, 'vsock-proxy').command, ['vsock-proxy', ...vsockProxyArguments(kmsProxyPort, region)])
  t.same(containerOf(task, 'socat').portMappings, [{ containerPort: relayPort, protocol: 'tcp' }])
  t.match(containerOf(task, 'parent').portMappings, [{ containerPort: port }, { containerPort: ops?.port }])
  for (const name of ['parent', 'socat', 'vsock-proxy']) t.ok(containerOf(task, name).privileged, `${name}: Docker's default seccomp profile refuses AF_VSOCK`)
  for (const name of ['socat', 'vsock-proxy']) t.equal(containerOf(task, name).user, '65532:65532')
  t.end()
})

test('the parent gets every device and folder of the host that the doctor looks for, under its own path', t => {
  const task = taskDefinition(filled)
  const { linuxParameters, mountPoints = [] } = containerOf(task, 'parent')
  const { enclaveDevice, vsockDevice, logVolume, settingsVolume, hugepagesVolume, dockerSocket } = doctorPaths()
  t.same(linuxParameters?.devices, [enclaveDevice, vsockDevice].map(path => ({ hostPath: path, containerPath: path, permissions: ['read', 'write'] })))
  const hostPathOf = (name: string): string | undefined => task.volumes.find(volume => volume.name === name)?.host?.sourcePath
  for (const path of [logVolume, settingsVolume, hugepagesVolume, dockerSocket]) {
    t.equal(hostPathOf(mountPoints.find(({ containerPath }) => containerPath === path)?.sourceVolume ?? ''), path)
  }
  t.same(mountPoints.map(({ sourceVolume }) => sourceVolume).sort(), task.volumes.map(({ name }) => name).sort(), 'no volume is missing and none is over')
  t.end()
})

test('the keys lie on the file system that outlives the host, the EIFs and locks on the host', t => {
  const task = taskDefinition(filled)
  const config = createConfig(readEnvironment(environmentOf(containerOf(task, 'parent'))))
  const volumeAt = (path: string): unknown => {
    const name = containerOf(task, 'parent').mountPoints?.find(({ containerPath }) => containerPath === path)?.sourceVolume
    return task.volumes.find(volume => volume.name === name)
  }
  t.match(volumeAt(config.dataDir), { efsVolumeConfiguration: { transitEncryption: 'ENABLED', authorizationConfig: { iam: 'ENABLED' } } })
  t.match(volumeAt(join(config.dataDir, 'eif')), { host: { sourcePath: '/var/lib/enclave-signer/eif' } })
  t.match(volumeAt(join(config.launchLockFile, '..')), { host: { sourcePath: '/run/lock' } })
  t.end()
})

test('ECS asks whether the service is ready, and lets it stop in order', t => {
  const parent = containerOf(taskDefinition(filled), 'parent')
  const { ops, shutdownGraceMs } = createConfig(readEnvironment(environmentOf(parent)))
  const [kind, program, flag, script = ''] = parent.healthCheck?.command ?? []
  t.same([kind, program, flag], ['CMD', 'node', '-e'])
  t.match(script, `fetch('http://127.0.0.1:${ops?.port ?? 0}/readyz')`)
  t.match(readFileSync(join(root, 'apps/parent/src/http/routes/operation.ts'), 'utf8'), "'/readyz'")
  t.ok((parent.stopTimeout ?? 0) * 1000 > shutdownGraceMs + 30_000, 'requests in flight, then terminate-enclave')
  t.same(parent.dependsOn?.map(({ containerName, condition }) => `${containerName} ${condition}`), ['enclave-image SUCCESS', 'socat START', 'vsock-proxy START'])
  t.end()
})

test('the host\'s enclave resources suffice for the task\'s', t => {
  const { enclave: { cpuCount, memoryMib } } = createConfig(readEnvironment(environmentOf(containerOf(taskDefinition(filled), 'parent'))))
  const { parameters } = renderTemplate(ecsFile('cloudformation.yaml'), { parameters: {} })
  t.ok(Number(parameters.EnclaveCpuCount?.Default) >= cpuCount)
  t.ok(Number(parameters.EnclaveMemoryMiB?.Default) >= Math.ceil(memoryMib / 1024) * 1024, 'whole pages of 1 GiB')
  t.end()
})

test('the workflows are workflows', t => {
  for (const file of workflows) t.same(validateWorkflow(readFileSync(file, 'utf8')).errors, [], file)
  t.not(validateWorkflow(readFileSync(workflows[0] ?? '', 'utf8').replace('runs-on', 'run-on')).errors.length, 0, 'the control')
  t.end()
})

test('actionlint finds nothing in the workflows', withoutTool('actionlint'), async t => {
  t.same(await runTool('actionlint', workflows), { stdout: '', stderr: '', exitCode: 0 })
})

test('every action is pinned by its commit, and only release jobs get a token for AWS', t => {
  for (const file of workflows) {
    const text = readFileSync(file, 'utf8')
    for (const [, action] of text.matchAll(/uses: (.*)/g)) t.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  }
  const { permissions, jobs } = parse(readFileSync(workflows[1] ?? '', 'utf8')) as { permissions: object, jobs: Record<string, { environment: string, permissions: object }> }
  t.same(permissions, {})
  t.same(Object.entries(jobs).map(([name, { environment }]) => `${name} ${environment}`), ['build release', 'admit key-policy', 'deploy release', 'retire key-policy'])
  t.notMatch(readFileSync(workflows[0] ?? '', 'utf8'), /id-token/)
  t.end()
})

test('each of GitHub\'s environments assumes the role that was made for it', t => {
  const { resources } = renderTemplate(ecsFile('github.yaml'), { parameters: { Repository: 'owner/name' } })
  t.match(JSON.stringify(resources.ReleaseRole), /:sub":"repo:owner\/name:environment:release"/)
  t.match(JSON.stringify(resources.KeyPolicyRole), /:sub":"repo:owner\/name:environment:key-policy"/)
  t.notMatch(JSON.stringify([resources.ReleaseRole, resources.KeyPolicyRole]), /kms:/, 'the key\'s policy alone lets somebody change it')
  t.end()
})

test('what the release names is there', t => {
  const text = readFileSync(workflows[1] ?? '', 'utf8')
  const dockerfile = readFileSync(join(root, 'docker/Dockerfile'), 'utf8')
  for (const [, target = ''] of text.matchAll(/--target (\w+)/g)) t.match(dockerfile, new RegExp(`^FROM .* AS ${target}$`, 'm'))
  t.match(dockerfile, /\/usr\/local\/bin\/enclave-signer$/m, 'the command is on the parent image\'s PATH')
  const outputs = Object.keys(renderTemplate(ecsFile('cloudformation.yaml'), { parameters: {} }).outputs)
  for (const name of ['ParentRepositoryUri', 'EnclaveRepositoryUri', 'KeyArn']) t.ok(outputs.includes(name), name)
  for (const [, script = ''] of text.matchAll(/(docker\/ecs\/[\w-]+\.sh)/g)) t.ok(readFileSync(join(root, script)).length > 0, script)
  t.end()
})

test('every name in docs/deploy.md is one that exists, and its commands are shell', async t => {
  const text = readFileSync(join(root, 'docs/deploy.md'), 'utf8')
  const { outputs } = renderTemplate(ecsFile('cloudformation.yaml'), { parameters: {} })
  const parameters = templates.flatMap(file => Object.keys(renderTemplate(file, { parameters: {} }).parameters))
  const found = (pattern: RegExp): string[] => Array.from(text.matchAll(pattern), ([, name = '']) => name)
  for (const name of found(/\(output ([A-Z]\w+)\)/g)) t.ok(name in outputs, `output ${name}`)
  for (const name of found(/ ([A-Z][A-Za-z]+[a-z0-9]+s?)=\S/g).filter(name => name !== 'Name' && name !== 'Type')) t.ok(parameters.includes(name), `parameter ${name}`)
  for (const path of found(/(?<![\w/.])((?:docker\/ecs|\.github|apps)\/[\w./-]+\w)/g)) t.ok(existsSync(join(root, path)), path)
  for (const option of found(/(?:--(pcr\d|from|[a-z]+-role|allow-import|diff))\b/g)) t.match(readFileSync(join(root, 'apps/parent/src/policy/options.ts'), 'utf8'), new RegExp(`^ {2}'?${option}'?:`, 'm'))
  for (const block of found(/```sh\n([^]*?)```/g)) t.match(await runTool('bash', ['-n', '-c', block]), { exitCode: 0, stderr: '' })
})

function given (policy: unknown): GivenPolicy {
  const read = readGivenPolicy(JSON.stringify(policy))
  if (read === undefined) throw new Error('the template has no key policy')
  return read
}
