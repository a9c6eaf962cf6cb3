import { test } from 'tap'
import { drawRandom, mixRandomness } from '../../src/boot/randomness.ts'
import type { LogEntry } from '../../src/log.ts'
import { asRoot } from '../fixtures/boot.ts'
import { PlainNsmModule } from '../fixtures/nsm-module.ts'
import { seedCounts } from '../fixtures/openssl-generator.ts'

test('at least 64 bytes are drawn, however few the NSM gives at a time', async t => {
  for (const [atATime, draws, length] of [[256, 1, 256], [64, 1, 64], [63, 2, 126], [1, 64, 64]] as const) {
    const nsm = new PlainNsmModule()
    nsm.randomBytes = atATime
    const random = await drawRandom(nsm)
    t.same([nsm.draws, random.length], [draws, length], `${atATime} at a time`)
  }
})

test('kernel and OpenSSL get bytes of their own before anything is generated', async t => {
  const nsm = new PlainNsmModule()
  const lines: LogEntry[] = []
  const { primary } = seedCounts()
  await mixRandomness(nsm, entry => { lines.push(entry) })
  t.equal(nsm.draws, 2)
  t.equal(seedCounts().primary, primary + 1)
  t.same(lines, asRoot.skip === undefined ? [] : [{ level: 'warn', event: 'boot.unprivileged', step: 'randomness' }])
})

test('an NSM that gives no random bytes ends the boot', async t => {
  const refusal = Object.assign(new Error('no'), { code: 'NSM_FAILED' })
  await t.rejects(mixRandomness({ random: async () => await Promise.reject(refusal) }, () => undefined), refusal)
})
