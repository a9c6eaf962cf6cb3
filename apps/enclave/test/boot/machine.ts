import { test } from 'tap'
import { checkMachine } from '../../src/boot/machine.ts'
import { evaluate, withPidNamespace } from '../fixtures/boot.ts'

test('a machine as init leaves it is taken', async t => {
  t.doesNotThrow(checkMachine)
})

test('a machine without /proc is refused', withPidNamespace, async t => {
  const { stdout } = await evaluate(`
    import { execFileSync } from 'node:child_process'
    const check = "import('./machine.ts').then(({ checkMachine }) => checkMachine()).catch(({ code, message }) => console.log(code, message))"
    console.log(execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$0" -e "$1"', process.execPath, check], { encoding: 'utf8' }))
  `)
  t.match(stdout, 'MOUNT_MISSING /proc is not mounted')
})
