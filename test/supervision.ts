import { setTimeout as sleep } from 'node:timers/promises'

import { clearFaults, findEnclaves, setFaults } from '@enclave-signer/simulator'
import type { Fault, RunningEnclave } from '@enclave-signer/simulator'
import { test } from 'tap'

import { describeEnclaves, nitroCli } from './fixtures/enclave.ts'
import { startParentOnHost } from './fixtures/parent-on-host.ts'
import { processesOf } from './fixtures/processes.ts'

const message = Buffer.from('supervised').toString('base64')

const passing: Record<string, Fault[]> = {
  'metadata that resets its first connection, a docker daemon that is not up yet, a build-enclave that ends in the middle': [
    { at: 'ecs metadata', reset: true, times: 1 },
    { at: 'docker build', stderr: 'ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', exitCode: 1, times: 1 },
    { at: 'nitro-cli build-enclave', exitCode: 1, times: 1 },
  ],
  'half of describe-eif\'s JSON, an ioctl that fails right after an exit (E29), relays that die as soon as they run': [
    { at: 'nitro-cli describe-eif', partialJson: true, times: 1 },
    { at: 'nitro-cli run-enclave', error: 'E29', times: 1 },
    { at: 'socat', crashAfterMs: 1, times: 2 },
    { at: 'vsock-proxy', crashAfterMs: 1, times: 2 },
  ],
  'two boots that fail (E36), an enclave process that does not answer (E39), credentials that are not there yet': [
    { at: 'nitro-cli run-enclave', error: 'E36', times: 2 },
    { at: 'nitro-cli run-enclave', error: 'E39', times: 1 },
    { at: 'ecs credentials', status: 503, times: 3 },
  ],
  'half of run-enclave\'s JSON, then on the wrong stream, the enclave running each time': [
    { at: 'nitro-cli run-enclave', partialJson: true, times: 1 },
    { at: 'nitro-cli run-enclave', wrongStream: true, times: 1 },
  ],
  'a run-enclave that is killed, describe-enclaves that fails twice, a slow boot': [
    { at: 'nitro-cli run-enclave', exitCode: 137, times: 1 },
    { at: 'nitro-cli describe-enclaves', error: 'E08', times: 2 },
    { at: 'nitro-cli run-enclave', delayMs: 2000, times: 1 },
  ],
}

for (const [what, faults] of Object.entries(passing)) {
  test(`${what}: the service comes up by itself and signs`, async t => {
    await using service = await startParentOnHost({ faults })
    t.match(await service.post('/keys', { keyId: 'k', keySpec: 'ECC_NIST_P256' }), { status: 201 })
    t.match(await service.post('/sign', { keyId: 'k', message }), { status: 200 })
    t.equal(describeEnclaves(service.dataDir).length, 1, 'one enclave runs, no failed attempt has left another')
  })
}

const lasting: Record<string, [Fault, { code: string, advice: RegExp }]> = {
  'a missing device (E19)': [{ at: 'nitro-cli run-enclave', error: 'E19', facts: ['/dev/nitro_enclaves', 'Open'] }, { code: 'E19', advice: /nitro_enclaves/ }],
  'too many CPUs asked for (E22)': [{ at: 'nitro-cli run-enclave', error: 'E22' }, { code: 'E22', advice: /allocator/ }],
  'too little memory for the EIF (E26)': [{ at: 'nitro-cli run-enclave', error: 'E26' }, { code: 'E26', advice: /ENCLAVE_MEMORY_MIB/ }],
}

for (const [what, [fault, { code, advice }]] of Object.entries(lasting)) {
  test(`${what} is not tried again, and the status says what to do`, async t => {
    await using service = await startParentOnHost({ faults: [fault], unready: true })
    const { enclaves: [{ reason, failures: [failure] }] } = await service.until(({ state }) => state === 'failed')
    t.match(reason, advice)
    t.equal(failure?.code, code)
    t.match(await service.get('/readyz'), { status: 503 })
    await clearFaults(service.hostDirectory)
    await sleep(1500)
    t.equal((await service.get('/enclave/status')).body.state, 'failed')
  })
}

test('an enclave that dies, freezes or is terminated is replaced, with its credentials and keys', async t => {
  await using service = await startParentOnHost()
  await service.post('/keys', { keyId: 'k', keySpec: 'ECC_SECG_P256K1' })
  const { body: { signature } } = await service.post('/sign', { keyId: 'k', message })
  const harms = {
    killed: async (enclave: RunningEnclave) => { await enclave.kill() },
    frozen: (enclave: RunningEnclave) => { enclave.freeze() },
    'terminated by somebody': ({ enclaveId }: RunningEnclave) => { nitroCli(service.dataDir, 'terminate-enclave', '--enclave-id', enclaveId) },
  }
  for (const [what, harm] of Object.entries(harms)) {
    const [enclave] = await findEnclaves(service.hostDirectory)
    if (enclave !== undefined) await harm(enclave)
    const { enclaves: [{ enclaveId }] } = await service.until(({ state, enclaves: [now] }) => state === 'ready' && now.enclaveId !== enclave?.enclaveId)
    t.not(enclaveId, enclave?.enclaveId, what)
    t.match(await service.post('/sign', { keyId: 'k', message }), { status: 200, body: { signature } }, `${what}: the same key signs again`)
  }
})

test('after a kill -9 of the parent the next one replaces the enclave, and a foreign enclave survives it all', async t => {
  await using service = await startParentOnHost()
  await service.post('/keys', { keyId: 'k', keySpec: 'ECC_NIST_EDWARDS25519' })
  const eif = (await service.get('/enclave/status')).body as { image: { eifPath: string } }
  nitroCli(service.dataDir, 'run-enclave', '--eif-path', eif.image.eifPath, '--cpu-count', '2', '--memory', '512', '--enclave-cid', '77', '--enclave-name', 'somebody-else')
  const [ours] = describeEnclaves(service.dataDir).filter(({ EnclaveName }) => EnclaveName !== 'somebody-else')
  process.kill(service.pid, 'SIGKILL')
  await sleep(200)
  await service.restart()
  t.match(await service.post('/sign', { keyId: 'k', message }), { status: 200 })
  const after = describeEnclaves(service.dataDir)
  t.equal(after.length, 2)
  t.notOk(after.some(({ EnclaveID }) => EnclaveID === ours?.EnclaveID), 'the old enclave is gone')
  t.ok(after.some(({ EnclaveName }) => EnclaveName === 'somebody-else'))
  t.equal(await service.stopParent(), 0)
  t.same(describeEnclaves(service.dataDir).map(({ EnclaveName }) => EnclaveName), ['somebody-else'], 'the stop ends only ours')
  const left = [...processesOf(service.dataDir).values()].filter(command => !command.includes('enclave-process'))
  t.same(left, [], 'no relay and no other child is left')
})

test('a service that cannot get credentials says so and recovers when it can', async t => {
  await using service = await startParentOnHost({ faults: [{ at: 'ecs credentials', status: 500 }], unready: true })
  const status = await service.until(({ enclaves: [{ state, reason }] }) => state === 'provisioning' && reason !== null)
  t.match(status.enclaves[0].reason, /credentials/)
  await setFaults(service.hostDirectory, [])
  await service.until(({ state }) => state === 'ready')
  t.equal((await service.get('/readyz')).status, 200)
})
