import { inspect } from 'node:util'

import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'

import { Secret } from '../../src/config/secret.ts'
import type { RoleCredentials } from '../../src/ecs/credentials.ts'
import { createLogger } from '../../src/logger.ts'
import { handOverCredentials, keepCredentialsFresh, renewalDelayMs } from '../../src/supervisor/credentials-handover.ts'
import type { HandoverOptions } from '../../src/supervisor/credentials-handover.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'

const minute = 60_000

test('credentials are renewed at half of their life or five minutes before its end, and never in a hurry', async t => {
  const cases: [number, number][] = [
    [60 * minute, 30 * minute], [12 * minute, 6 * minute], [8 * minute, 3 * minute], [5 * minute, 2.5 * minute],
    [10_000, 5000], [1500, 1000], [0, 1000], [-minute, 1000],
  ]
  for (const [lifeMs, delayMs] of cases) t.equal(renewalDelayMs(1e12 + lifeMs, 1e12), delayMs, String(lifeMs))
})

interface Arrangement { enclave: FakeEnclave, options: HandoverOptions, failures: string[], lines: string[] }

function arrange (expiresAt: () => number): Arrangement {
  const enclave = new FakeEnclave()
  enclave.overrides = { setCredentials: params => ({ expiresAt: params.expiresAt }) }
  const failures: string[] = []
  const lines: string[] = []
  const options: HandoverOptions = {
    credentials: {
      fetch: async (): Promise<RoleCredentials> => ({
        accessKeyId: 'ASIA', secretAccessKey: new Secret('hush'), sessionToken: new Secret('hush-token'), expiresAt: expiresAt(),
      }),
    },
    log: createLogger('debug', { write: line => { lines.push(line) } }),
    now: Date.now,
    onHandedOver: () => undefined,
    onFailure: reason => { failures.push(reason) },
  }
  return { enclave, options, failures, lines }
}

test('the enclave gets all of the credentials, the log none', async t => {
  const { enclave, options, lines } = arrange(() => 1e12)
  t.equal(await handOverCredentials(enclave, options, new AbortController().signal), 1e12)
  t.same(enclave.calls[0]?.params, { accessKeyId: 'ASIA', secretAccessKey: 'hush', sessionToken: 'hush-token', expiresAt: 1e12 })
  t.notMatch(lines.join('') + inspect(lines), /hush|ASIA/)
})

test('a failure is told and tried again', async t => {
  const { enclave, options, failures } = arrange(() => 1e12)
  let calls = 0
  enclave.overrides = {
    setCredentials: params => {
      if (++calls === 1) throw new EnclaveError('CREDENTIALS_INVALID', 'they have expired')
      return { expiresAt: params.expiresAt }
    },
  }
  t.equal(await handOverCredentials(enclave, options, new AbortController().signal), 1e12)
  t.same(failures, ['they have expired'])
})

test('short-lived credentials are replaced until the signal aborts', async t => {
  const controller = new AbortController()
  const { enclave, options } = arrange(() => Date.now() + 100)
  const keeping = keepCredentialsFresh(enclave, Date.now() + 100, {
    ...options, onHandedOver: () => { if (enclave.countOf('setCredentials') === 1) controller.abort() },
  }, controller.signal)
  await keeping
  t.equal(enclave.countOf('setCredentials'), 1)
})
