import { once } from 'node:events'
import { createConnection } from 'node:net'
import { test } from 'tap'

import { findEnclaves, vsockPath } from '../../src/index.ts'
import { buildFixtureEif, startTestHost } from '../fixtures/host.ts'
import { parse, runArguments } from '../fixtures/nitro-cli.ts'
import type { RunInfo } from '../fixtures/nitro-cli.ts'

test('a running enclave is hidden, frozen and killed behind its host\'s back', async (t) => {
  const host = await startTestHost(t)
  const eif = await buildFixtureEif(host, 'idle')
  const info = parse((await host.nitroCli(...runArguments(eif, '--enclave-cid', '16'))).stdout) as RunInfo
  const [enclave, ...others] = await findEnclaves(host.directory)
  if (!enclave) throw new Error('the enclave was not found')
  t.match(enclave, { name: 'idle', enclaveId: info.EnclaveID, cid: 16, processId: info.ProcessID })
  t.same(others, [])

  await t.test('hidden, it runs, keeps its CID, and describe-enclaves does not list it', async (t) => {
    enclave.hide()
    t.same(await host.nitroCli('describe-enclaves'), { stdout: '[]\n', stderr: '', exitCode: 0 })
    const socket = createConnection(vsockPath(host.directory, 16, 8888))
    await once(socket, 'connect')
    socket.destroy()
    t.match(await host.nitroCli(...runArguments(eif, '--enclave-cid', '16')), { stderr: /\[ E29 \]/, exitCode: 39 })
    enclave.show()
    t.match(parse((await host.nitroCli('describe-enclaves')).stdout), [{ EnclaveID: info.EnclaveID }])
  })

  await t.test('frozen, it counts as a failed connection and is found; thawed, it is as before', async (t) => {
    enclave.freeze()
    t.match(await host.nitroCli('describe-enclaves'), { stdout: '[]\n', stderr: /^Failed connections: 1\n\[ E39 \]/, exitCode: 39 })
    t.match(await findEnclaves(host.directory), [{ enclaveId: info.EnclaveID }])
    enclave.thaw()
    t.match(parse((await host.nitroCli('describe-enclaves')).stdout), [{ EnclaveID: info.EnclaveID }])
  })

  await t.test('killed, frozen or not, it is gone when that is said', async (t) => {
    enclave.freeze()
    await enclave.kill()
    t.same(await findEnclaves(host.directory), [])
    t.equal((await host.nitroCli('describe-enclaves')).stdout, '[]\n')
    await t.rejects(enclave.kill(), { name: 'ControlError' }, 'a second time there is nobody')
  })
})
