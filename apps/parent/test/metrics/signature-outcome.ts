import { test } from 'tap'

import { noAudit } from '../../src/audit/audit.ts'
import { loopbackCaller } from '../../src/callers/caller.ts'
import { Deadline } from '../../src/limits/deadline.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { Signing } from '../../src/signing/signing.ts'
import type { SignOrder } from '../../src/signing/sign-order.ts'

const order: Omit<SignOrder, 'deadline'> = {
  caller: loopbackCaller,
  requestId: '1',
  trace: undefined,
  keyId: 'a',
  message: 'aGVsbG8=',
  messageType: 'RAW',
  signingAlgorithm: undefined,
  signatureFormat: 'DER',
  sequence: undefined,
}

test('a caller who hangs up is not counted as a connection to the enclave that was lost: he could wake somebody', async t => {
  const metrics = createMetrics()
  const signing = new Signing({
    keys: { keySpec: () => 'ECC_NIST_P256' },
    loadedKeys: { request: () => { throw new Error('no enclave is asked') } },
    rates: { take: () => undefined },
    slowKeys: { run: async (_keyId, _keySpec, work) => await work() },
    audit: noAudit,
    watermarks: { advance: () => Promise.resolve() },
    metrics,
  })
  const gone = new Deadline({ timeoutMs: 10_000, response: { destroyed: true, writableFinished: false, once: () => undefined } })
  await t.rejects(signing.sign({ ...order, deadline: gone }), { code: 'ABORTED' })
  await t.rejects(signing.sign({ ...order, deadline: new Deadline({ timeoutMs: 0 }) }), { code: 'DEADLINE_EXCEEDED' })
  await t.rejects(signing.sign({ ...order, deadline: new Deadline({ timeoutMs: 10_000 }) }), { message: 'no enclave is asked' })
  const text = await metrics.registry.metrics()
  t.same([...text.matchAll(/signatures_total\{.*outcome="(\w+)"\} 1/g)].map(([, outcome]) => outcome), ['ABORTED', 'DEADLINE_EXCEEDED', 'INTERNAL'])
})
