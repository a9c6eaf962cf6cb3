import { once } from 'node:events'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'tap'

import { setFaults, vsockPath } from '../../src/index.ts'
import type { RelayFault } from '../../src/index.ts'
import { complaintOf, endAfterAnother, faultTaken } from '../fixtures/fault.ts'
import { startTestHost } from '../fixtures/host.ts'
import { freePort } from '../fixtures/port.ts'
import { run, start } from '../fixtures/run.ts'

for (const relay of ['socat', 'vsock-proxy'] as const) {
  test(`${relay} and its faults`, async (t) => {
    const { directory, environment } = await startTestHost(t)
    const port = await freePort()
    const args = relay === 'socat'
      ? [`tcp-listen:${port},fork,reuseaddr,bind=127.0.0.1`, 'vsock-connect:16:8888']
      : ['8000', 'kms.us-east-1.amazonaws.com', '443']
    const startUnder = async (effect: Omit<RelayFault, 'at'>) => {
      await setFaults(directory, [{ at: relay, ...effect }])
      const child = start(relay, args, environment)
      t.teardown(() => child.kill('SIGKILL'))
      return child
    }
    const isListening = async (): Promise<boolean> => {
      const socket = relay === 'socat' ? createConnection(port, '127.0.0.1') : createConnection(vsockPath(directory, 3, 8000))
      const connected = await once(socket, 'connect').then(() => true, () => false)
      socket.destroy()
      return connected
    }

    await t.test('it ends at once, in its own or other words', async (t) => {
      await setFaults(directory, [{ at: relay, times: 1, exitCode: 1, stderr: 'E bind: Address already in use' }])
      t.same(await run(relay, args, environment), { stdout: '', stderr: 'E bind: Address already in use\n', exitCode: 1 })
    })

    await t.test('it works and then dies by itself', async (t) => {
      const child = await startUnder({ crashAfterMs: 4000, stderr: 'Segmentation fault', exitCode: 139 })
      const exit = once(child, 'exit')
      const said = text(child.stderr)
      while (child.exitCode === null && !await isListening());
      t.equal(child.exitCode, null, 'it has listened before')
      t.same(await exit, [139, null])
      t.match(await said, /Segmentation fault\n$/)
      t.notOk(await isListening())
    })

    await t.test('it hangs without ever listening', async (t) => {
      const child = await startUnder({ hang: 'ignoring-signals', stderr: 'deaf' })
      await complaintOf(child)
      t.notOk(await isListening())
      t.same(await endAfterAnother(child, environment, ['SIGTERM', 'SIGKILL']), [null, 'SIGKILL'])
    })

    await t.test('it starts late', async (t) => {
      const late = await startUnder({ times: 1, delayMs: 3_600_000 })
      await faultTaken(directory)
      t.same(await endAfterAnother(late, environment), [null, 'SIGTERM'])
      const child = await startUnder({ delayMs: 5 })
      while (child.exitCode === null && !await isListening());
      t.equal(child.exitCode, null)
    })
  })
}
