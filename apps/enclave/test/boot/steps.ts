import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'
import { BootError } from '../../src/boot/boot-error.ts'
import { Steps } from '../../src/boot/steps.ts'
import { ConfigError } from '../../src/config/environment.ts'
import { SystemCallError } from '../../src/libc.ts'
import type { LogEntry } from '../../src/log.ts'

function arrange (): { steps: Steps, lines: LogEntry[], stop: () => void } {
  const lines: LogEntry[] = []
  const over = new AbortController()
  return { lines, steps: new Steps(entry => { lines.push(entry) }, over.signal), stop: () => { over.abort(new Error('stopped')) } }
}

test('a step that is done has one line, one that fails has none of its own', async t => {
  const { steps, lines } = arrange()
  t.equal(await steps.do('nsm', () => 7), 7)
  await t.rejects(steps.do('registers', () => { throw new Error('no') }))
  t.same(lines, [{ level: 'info', event: 'boot.step', step: 'nsm' }])
})

test('the last line names the step and a code, and never an error\'s own words', async t => {
  const failures: [error: unknown, code: string][] = [
    [new BootError('PRIVILEGES_LEFT', 'hush'), 'PRIVILEGES_LEFT'],
    [new EnclaveError('NSM_FAILED', 'hush'), 'NSM_FAILED'],
    [new SystemCallError('prctl', 'EPERM'), 'EPERM'],
    [new SystemCallError('prctl', 'errno 4096'), 'INTERNAL'],
    [Object.assign(new Error('hush'), { code: 'ERR_HUSH' }), 'INTERNAL'],
    [Object.assign(new Error('hush'), { code: 5 }), 'INTERNAL'],
    [new TypeError('hush'), 'INTERNAL'],
    ['hush', 'INTERNAL'],
    [undefined, 'INTERNAL'],
  ]
  for (const [error, code] of failures) {
    const { steps, lines } = arrange()
    steps.enter('privileges')
    steps.fail(error)
    t.same(lines, [{ level: 'error', event: 'enclave.failed', step: 'privileges', code }])
  }
})

test('every setting that is refused has a line before the last one', async t => {
  const { steps, lines } = arrange()
  steps.fail(new ConfigError([{ setting: 'AWS_REGION', fault: 'missing' }, { setting: 'LIMIT_KEYS', fault: 'out-of-range' }]))
  t.same(lines, [
    { level: 'error', event: 'setting.refused', setting: 'AWS_REGION', fault: 'missing' },
    { level: 'error', event: 'setting.refused', setting: 'LIMIT_KEYS', fault: 'out-of-range' },
    { level: 'error', event: 'enclave.failed', step: 'settings', code: 'CONFIG_INVALID' },
  ])
})

test('no step begins once the enclave was asked to stop', async t => {
  const { steps, lines, stop } = arrange()
  stop()
  await t.rejects(steps.do('nsm', () => { t.fail('begun') }), { message: 'stopped' })
  t.same(lines, [])
})
