import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { openNsmDevice } from '../../src/nsm/nsm-device.ts'

test('a machine without an NSM is told by the missing device', async t => {
  const path = join(t.testdir(), 'nsm')
  t.throws(() => openNsmDevice(path), { code: 'NSM_FAILED', message: `the NSM device ${path} cannot be opened: ENOENT` })
})

test('a device that is no NSM refuses the request, and its errno is told', async t => {
  const path = join(t.testdir(), 'nsm')
  writeFileSync(path, '')
  const device = openNsmDevice(path)
  t.teardown(() => { device.close() })
  await t.rejects(async () => await device.random(), { code: 'NSM_FAILED', message: 'the NSM refused a request of 10 bytes: ENOTTY' })
  await t.rejects(async () => await device.attest({}), { code: 'NSM_FAILED', message: /: ENOTTY$/ })
})

test('every request of the NSM\'s API goes to the device', async t => {
  const path = join(t.testdir(), 'nsm')
  writeFileSync(path, '')
  const device = openNsmDevice(path)
  t.teardown(() => { device.close() })
  const asked: [bytes: number, ask: () => unknown][] = [
    [12, () => device.describeNsm()], [21, () => device.describePcr(0)], [28, () => device.extendPcr(16, Buffer.from('abc'))],
    [17, () => device.lockPcr(16)], [19, () => device.lockPcrs(32)],
  ]
  for (const [bytes, ask] of asked) {
    await t.rejects(async () => { await ask() }, { code: 'NSM_FAILED', message: `the NSM refused a request of ${bytes} bytes: ENOTTY` })
  }
  await t.rejects(async () => await device.extendPcr(16, Buffer.alloc(4096)), { code: 'NSM_FAILED', message: /it takes 4096$/ })
})

test('a request longer than the NSM takes is not sent', async t => {
  const path = join(t.testdir(), 'nsm')
  writeFileSync(path, '')
  const device = openNsmDevice(path)
  t.teardown(() => { device.close() })
  await t.rejects(async () => await device.attest({ userData: Buffer.alloc(4096) }),
    { code: 'NSM_FAILED', message: 'a request of 4142 bytes to the NSM; it takes 4096' })
})

test('many requests at once wait for the device one by one, and too many are refused', async t => {
  const path = join(t.testdir(), 'nsm')
  writeFileSync(path, '')
  const device = openNsmDevice(path)
  t.teardown(() => { device.close() })
  const outcomes = await Promise.allSettled(Array.from({ length: 1100 }, async () => await device.random()))
  const codes = outcomes.map(outcome => outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'answered')
  t.equal(codes.filter(code => code === 'NSM_FAILED').length, 1025)
  t.equal(codes.filter(code => code === 'OVERLOADED').length, 75)
})
