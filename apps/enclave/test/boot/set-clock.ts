import { test } from 'tap'
import { setClock } from '../../src/boot/set-clock.ts'
import type { LogEntry } from '../../src/log.ts'
import { asRoot, evaluate, nobody } from '../fixtures/boot.ts'
import { PlainNsmModule } from '../fixtures/nsm-module.ts'

test('a clock that agrees with the NSM\'s within a second is left alone', async t => {
  const lines: LogEntry[] = []
  for (const differenceMs of [0, 900, -900]) {
    const nsm = new PlainNsmModule()
    nsm.now = () => Date.now() + differenceMs
    await setClock(nsm, entry => { lines.push(entry) })
  }
  t.same(lines, [])
})

// Nobody may set the clock of the machine that runs this test: the call itself is for the virtual machine's tests.
test('a clock that is wrong by the NSM\'s and may not be set stays, and the console says so', async t => {
  const { stdout, stderr } = await evaluate(`
    import { setClock } from './set-clock.ts'
    import { PlainNsmModule } from '../../test/fixtures/nsm-module.ts'
    const nsm = new PlainNsmModule()
    nsm.now = () => Date.now() + 5000
    await setClock(nsm, entry => { console.log(JSON.stringify(entry)) })
  `, asRoot.skip === undefined ? nobody : {})
  t.same([stderr, JSON.parse(stdout)], ['', { level: 'warn', event: 'boot.unprivileged', step: 'clock' }])
})

test('an NSM that states no time that can be right ends the boot', async t => {
  const nsm = new PlainNsmModule()
  nsm.now = () => 0
  await t.rejects(setClock(nsm, () => undefined), { code: 'NSM_FAILED' })
})
