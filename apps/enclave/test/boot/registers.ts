import { test } from 'tap'
import { describeNsm, lockRegisters } from '../../src/boot/registers.ts'
import type { LogEntry } from '../../src/log.ts'
import { PlainNsmModule } from '../fixtures/nsm-module.ts'

test('the console says which NSM this is, which image it measured, and whether in debug mode', async t => {
  const nsm = new PlainNsmModule()
  const lines: LogEntry[] = []
  await describeNsm(nsm, entry => { lines.push(entry) })
  const said = { level: 'info', event: 'nsm.described', moduleId: 'i-0123456789abcdef0-enc0123456789abcdef', nsmVersion: '1.0.0' }
  t.same(lines, [{ ...said, pcr0: 'ab'.repeat(48), mode: 'production' }])
  nsm.values[0]?.fill(0)
  await describeNsm(nsm, entry => { lines.push(entry) })
  t.same(lines[1], { ...said, pcr0: '00'.repeat(48), mode: 'debug' })
})

test('after the boot nothing can extend a register', async t => {
  const nsm = new PlainNsmModule()
  nsm.extendPcr(16, Buffer.from('before'))
  await lockRegisters(nsm)
  for (let index = 0; index < 32; index++) t.throws(() => nsm.extendPcr(index, Buffer.from('after')), { code: 'NSM_FAILED', message: 'the NSM answered ReadOnlyIndex' })
})

test('registers that stay open end the boot', async t => {
  const nsm = new PlainNsmModule()
  nsm.lockPcrs = () => undefined
  await t.rejects(lockRegisters(nsm), { code: 'REGISTERS_OPEN', message: '16 of 32 registers are not locked' })
})
