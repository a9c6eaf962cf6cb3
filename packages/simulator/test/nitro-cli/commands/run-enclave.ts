import { existsSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { test } from 'tap'

import { measurementsOf, verifyAttestationDocument } from '@enclave-signer/attestation'
import { createClient } from '@enclave-signer/protocol'

import { vsockPath } from '../../../src/index.ts'
import { buildEif, buildFixtureEif, errorLogOf, startTestHost } from '../../fixtures/host.ts'
import { parse, runArguments } from '../../fixtures/nitro-cli.ts'
import type { Described, RunInfo } from '../../fixtures/nitro-cli.ts'
import { jsonVector, shapeOf, withVectors } from '../../fixtures/vectors.ts'

test('the enclave program runs, answers over its vsock socket, and ends on command', withVectors, async (t) => {
  const host = await startTestHost(t)
  const eif = await buildEif(host)
  const ran = await host.nitroCli(...runArguments(eif, '--enclave-cid', '16', '--enclave-name', 'enclave-signer-0'))
  t.equal(ran.exitCode, 0)
  t.equal(ran.stderr, 'Start allocating memory...\nStarted enclave with enclave-cid: 16, memory: 512 MiB, cpu-ids: [2, 3]\n')
  const info = parse(ran.stdout) as RunInfo
  t.same(shapeOf(info), shapeOf(jsonVector('nitro-cli/run-enclave.stdout.json')))
  t.match(info, { EnclaveName: 'enclave-signer-0', EnclaveCID: 16, CPUIDs: [2, 3], MemoryMiB: 512, EnclaveID: /^i-0[0-9a-f]{16}-enc[0-9a-f]{15}$/ })

  const { stdout: eifText } = await host.nitroCli('describe-eif', '--eif-path', eif)
  const { Measurements: measured } = parse(eifText) as Described
  await t.test('its program answers hello, ping and attest', async (t) => {
    const client = createClient(createConnection(vsockPath(host.directory, 16, 8888)))
    t.match(await client.request('hello', { protocolVersion: 1 }), { protocolVersion: 1, region: 'us-east-1', kmsKeyArn: host.host.parentEnvironment.KMS_KEY_ARN })
    t.match(await client.request('ping', {}), { keysLoaded: 0, credentialsExpireAt: null })
    const { attestationDocument } = await client.request('attest', {})
    const root = readFileSync(host.host.parentEnvironment.ATTESTATION_ROOT_FILE ?? '', 'utf8')
    const document = verifyAttestationDocument(Buffer.from(attestationDocument, 'base64'), { root, now: Date.now() })
    const { PCR0, PCR1, PCR2 } = measurementsOf(document)
    t.same({ HashAlgorithm: 'Sha384 { ... }', PCR0, PCR1, PCR2 }, measured, 'the PCRs are those of the EIF')
    client.close()
  })

  await t.test('describe-enclaves shows it', async (t) => {
    const { stdout } = await host.nitroCli('describe-enclaves')
    const [described] = parse(stdout) as [Described]
    t.same(shapeOf([described]), shapeOf(jsonVector('nitro-cli/describe-enclaves.stdout.json')))
    t.match(described, { ...info, State: 'RUNNING', Flags: 'NONE', Measurements: measured })
    const withMetadata = parse((await host.nitroCli('describe-enclaves', '--metadata')).stdout) as object[]
    t.match(withMetadata, [{ ImageName: 'signer', Metadata: { BuildTool: 'nitro-cli' } }])
  })

  await t.test('terminate-enclave ends it and leaves no socket', async (t) => {
    const ended = await host.nitroCli('terminate-enclave', '--enclave-id', info.EnclaveID)
    t.same(parse(ended.stdout), { EnclaveName: 'enclave-signer-0', EnclaveID: info.EnclaveID, Terminated: true })
    t.same(shapeOf(parse(ended.stdout)), shapeOf(jsonVector('nitro-cli/terminate-enclave.stdout.json')))
    t.equal(ended.stderr, `Successfully terminated enclave ${info.EnclaveID}.\n`)
    t.same(await host.nitroCli('describe-enclaves'), { stdout: '[]\n', stderr: '', exitCode: 0 })
    t.equal(existsSync(vsockPath(host.directory, 16, 8888)), false)
  })
})

test('a program that does not come up is a boot failure whose reason stands in the err file', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'failing')
  const failed = await host.nitroCli(...runArguments(eif))
  t.match(failed, { stdout: '', stderr: /^Start allocating memory\.\.\.\nStarted enclave with .*\n\[ E36 \] [^]*\nFailed connections: 1\n\[ E39 \] /, exitCode: 39 })
  t.match(await errorLogOf(failed.stderr), /Waiting on enclave to boot failed with error the program does not want to start/)
  t.equal((await host.nitroCli('describe-enclaves')).stdout, '[]\n')
})
