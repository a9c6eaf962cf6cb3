import { test } from 'tap'

import { enclaveStateNames, transition } from '../../src/supervisor/enclave-state.ts'
import type { EnclaveEvent, EnclaveState } from '../../src/supervisor/enclave-state.ts'

const pcr = 'ab'.repeat(48)
const image = { eifPath: '/a.eif', name: 'signer:1', imageId: 'sha256:a', cacheDigest: 'd' }
const measured = { ...image, measurements: { PCR0: pcr, PCR1: pcr, PCR2: pcr } }
const enclave = { enclaveId: 'i-1-enc1', cid: 16, processId: 77 }
const running = { image: measured, enclave }

const states: Record<EnclaveState['name'], EnclaveState> = {
  starting: { name: 'starting' },
  building: { name: 'building' },
  measuring: { name: 'measuring', image },
  launching: { name: 'launching', image: measured, reason: undefined },
  connecting: { name: 'connecting', ...running, reason: undefined },
  provisioning: { name: 'provisioning', ...running, reason: undefined },
  ready: { name: 'ready', ...running },
  'backing-off': { name: 'backing-off', image: measured, code: 'C', reason: 'first', delayMs: 5 },
  failed: { name: 'failed', image: measured, code: 'E26', reason: 'first' },
  draining: { name: 'draining', ...running, reason: 'first' },
  stopping: { name: 'stopping', reason: 'first' },
  stopped: { name: 'stopped', reason: 'first' },
}

/** What each event leads to from each state where it leads anywhere; everything else must leave the state as it is. */
const moves: [EnclaveEvent, Partial<Record<EnclaveState['name'], object>>][] = [
  [{ type: 'begun' }, { starting: { name: 'building' } }],
  [{ type: 'image-obtained', image }, { building: { name: 'measuring', image } }],
  [{ type: 'image-measured', image: measured }, { measuring: states.launching }],
  [{ type: 'launched', enclave }, { launching: states.connecting }],
  [{ type: 'connected' }, { connecting: states.provisioning }],
  [{ type: 'provisioned' }, { provisioning: states.ready }],
  [{ type: 'held-up', reason: 'r' }, {
    launching: { ...states.launching, reason: 'r' }, connecting: { ...states.connecting, reason: 'r' }, provisioning: { ...states.provisioning, reason: 'r' },
  }],
  [{ type: 'connection-lost', reason: 'r' }, {
    provisioning: { ...states.connecting, reason: 'r' }, ready: { ...states.connecting, reason: 'r' },
  }],
  [{ type: 'attempt-failed', code: 'F', reason: 'r', delayMs: 7 }, {
    ...Object.fromEntries((['starting', 'building', 'measuring'] as const).map(name => [name, { name: 'backing-off', image: undefined, code: 'F', reason: 'r', delayMs: 7 }])),
    ...Object.fromEntries((['launching', 'connecting', 'provisioning', 'ready', 'backing-off'] as const)
      .map(name => [name, { name: 'backing-off', image: measured, code: 'F', reason: 'r', delayMs: 7 }])),
  }],
  [{ type: 'delay-over' }, { 'backing-off': states.launching }],
  [{ type: 'given-up', code: 'C', reason: 'r' }, {
    ...Object.fromEntries((['starting', 'building', 'measuring'] as const).map(name => [name, { name: 'failed', image: undefined, code: 'C', reason: 'r' }])),
    ...Object.fromEntries((['launching', 'connecting', 'provisioning', 'ready', 'backing-off', 'failed'] as const)
      .map(name => [name, { name: 'failed', image: measured, code: 'C', reason: 'r' }])),
  }],
  [{ type: 'stop-asked', reason: 'r' }, {
    ...Object.fromEntries(enclaveStateNames.filter(name => !['draining', 'stopping', 'stopped', 'ready'].includes(name))
      .map(name => [name, { name: 'stopping', reason: 'r' }])),
    ready: { name: 'draining', ...running, reason: 'r' },
  }],
  [{ type: 'drained' }, { draining: { name: 'stopping', reason: 'first' } }],
  [{ type: 'ended' }, { stopping: { name: 'stopped', reason: 'first' } }],
]

for (const [event, expected] of moves) {
  test(`${event.type} moves ${Object.keys(expected).join(', ')} and nothing else`, async t => {
    for (const name of enclaveStateNames) {
      const after = transition(states[name], event)
      const wanted = expected[name]
      if (wanted === undefined) t.equal(after, states[name], name)
      else t.same(after, wanted, name)
    }
  })
}

test('a failure before the image was measured is retried from the building', async t => {
  const failed = transition(states.measuring, { type: 'attempt-failed', code: 'F', reason: 'r', delayMs: 1 })
  t.same(transition(failed, { type: 'delay-over' }), { name: 'building' })
})

test('being held up for the same reason again is no change', async t => {
  const held = transition(states.launching, { type: 'held-up', reason: 'another boot' })
  t.equal(transition(held, { type: 'held-up', reason: 'another boot' }), held)
})
