import { encode } from 'cborg'
import { test } from 'tap'
import { expectBareAnswer, pcrValueOf, toNsmDescription, toPcrDescription } from '../../src/nsm/nsm-answers.ts'
import { decodeNsmAnswer } from '../../src/nsm/nsm-codec.ts'
import type { NsmAnswer } from '../../src/nsm/nsm-codec.ts'
import { hex } from '../fixtures/der.ts'
import { exchanges } from '../fixtures/nsm-exchanges.ts'
import { withVectors } from '../fixtures/vectors.ts'

const answerOf = (value: unknown): NsmAnswer => decodeNsmAnswer(encode(value))

function captured (name: string): NsmAnswer {
  return decodeNsmAnswer(hex(exchanges().find(exchange => exchange.name === name)?.response_hex ?? ''))
}

test('what the NSM says of itself and of its registers is read as it was captured over the real driver', withVectors, async t => {
  t.same(toNsmDescription(captured('DescribeNSM')), {
    moduleId: 'i-0123-enc4567', version: '1.0.0', digest: 'SHA384', maxPcrs: 32, lockedPcrs: new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
  })
  t.match(toPcrDescription(captured('DescribePCR0')), { locked: true, value: hex('7c2bb78969af09b94b6e37c471a3419a9b730cbce4745b7985d56b49a67a5e625b4f85a1ecb62e1875bd03c48f939b8a') })
  t.match(toPcrDescription(captured('DescribePCR16')), { locked: false, value: Buffer.alloc(48) })
  t.equal(pcrValueOf(captured('ExtendPCR16'), 'ExtendPCR').toString('hex').slice(0, 8), 'b1c16eb7')
  t.doesNotThrow(() => { expectBareAnswer(captured('LockPCR16'), 'LockPCR') })
  t.doesNotThrow(() => { expectBareAnswer(captured('LockPCRs20'), 'LockPCRs') })
})

const described = {
  version_major: 1, version_minor: 0, version_patch: 0, module_id: 'i-0-enc0', max_pcrs: 32, locked_pcrs: [0, 1], digest: 'SHA384',
}

const wrong: [field: string, values: unknown[]][] = [
  ['version_major', [undefined, -1, 1.5, '1', 65_536]],
  ['module_id', [undefined, 7, '', 'two words', 'x'.repeat(65)]],
  ['max_pcrs', [undefined, 33, -1]],
  ['locked_pcrs', [undefined, 'all', [32], [-1], ['0'], [1, 1], Array.from({ length: 33 }, (_, index) => index)]],
  ['digest', [undefined, 'MD5', 384]],
]

test('a description with a field that is missing or out of bounds is refused by the field\'s name', async t => {
  t.ok(toNsmDescription(answerOf({ DescribeNSM: described })))
  for (const [field, values] of wrong) {
    for (const value of values) {
      const answer = answerOf({ DescribeNSM: { ...described, [field]: value } })
      t.throws(() => toNsmDescription(answer), { code: 'NSM_FAILED', message: `the NSM's answer to DescribeNSM has no ${field}` })
    }
  }
  t.throws(() => toNsmDescription(answerOf({ Attestation: described })), { code: 'NSM_FAILED' })
})

test('a register whose value is no digest, or whose lock is no truth value, is refused', async t => {
  for (const length of [32, 48, 64]) {
    const value = Buffer.alloc(length, 7)
    t.same(toPcrDescription(answerOf({ DescribePCR: { lock: true, data: value } })), { locked: true, value })
  }
  for (const data of [Buffer.alloc(0), Buffer.alloc(47), Buffer.alloc(65), 'text', undefined]) {
    t.throws(() => toPcrDescription(answerOf({ DescribePCR: { lock: true, data } })), { code: 'NSM_FAILED', message: /has no data$/ })
    t.throws(() => pcrValueOf(answerOf({ ExtendPCR: { data } }), 'ExtendPCR'), { code: 'NSM_FAILED', message: /has no data$/ })
  }
  for (const lock of [undefined, 1, 'true']) {
    t.throws(() => toPcrDescription(answerOf({ DescribePCR: { lock, data: Buffer.alloc(48) } })), { code: 'NSM_FAILED', message: /has no lock$/ })
  }
})

test('another answer is not taken for one that says nothing but its name', async t => {
  for (const value of ['LockPCRs', 'GetRandom', { LockPCR: { more: 1 } }, { LockPCR: 'more' }]) {
    t.throws(() => { expectBareAnswer(answerOf(value), 'LockPCR') }, { code: 'NSM_FAILED', message: 'the NSM\'s answer to LockPCR is another one' })
  }
})
