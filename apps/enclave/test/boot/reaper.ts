import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { boot, bootFolder, childrenOf, evaluate, isAlive, until, withPidNamespace } from '../fixtures/boot.ts'

/** A process that gets orphans though it is not the first, by `PR_SET_CHILD_SUBREAPER` (prctl(2)); it holds still until one has ended. */
const prelude = `
  import { spawn } from 'node:child_process'
  import { once } from 'node:events'
  import { readFileSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'
  import { libc } from '../libc.ts'
  import { startReaper } from './reaper.ts'
  libc.prctl(36, 1, 0, 0, 0)
  const stateOf = pid => { try { return readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1][0] } catch { return 'none' } }
  const reaper = startReaper()
  const startOwn = script => {
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
    reaper.spare(child)
    return child
  }
  const endAtOnce = child => {
    process.kill(child.pid, 'SIGKILL')
    while (stateOf(child.pid) !== 'Z');
  }
  const startOrphan = async () => {
    const parent = startOwn('cat <&3 >&3 & echo $!')
    const [[pid]] = await Promise.all([once(parent.stdout.setEncoding('utf8'), 'data'), once(parent, 'exit')])
    return { pid: Number(pid), end: () => { parent.stdio[3].destroy() } }
  }
  const until = async condition => { while (!condition()) await sleep(5) }
`

test('a process that Node waits for keeps its exit status, even when the reaper looks first', async t => {
  const { stdout, stderr } = await evaluate(`${prelude}
    const child = startOwn('cat <&3')
    endAtOnce(child)
    process.emit('SIGCHLD')
    console.log(stateOf(child.pid), ...await once(child, 'exit'), stateOf(child.pid))
    process.exit()
  `)
  t.same([stderr, stdout], ['', 'Z null SIGKILL none\n'])
})

test('an orphan is taken in when it ends', async t => {
  const { stdout, stderr } = await evaluate(`${prelude}
    const { pid, end } = await startOrphan()
    end()
    await until(() => stateOf(pid) === 'none')
    console.log('gone')
    process.exit()
  `)
  t.same([stderr, stdout], ['', 'gone\n'])
})

test('an orphan behind a process of Node\'s is taken in once Node has waited for that', async t => {
  const { stdout, stderr } = await evaluate(`${prelude}
    const child = startOwn('cat <&3')
    const { pid, end } = await startOrphan()
    process.removeAllListeners('SIGCHLD')
    end()
    await until(() => stateOf(pid) === 'Z')
    endAtOnce(child)
    await once(child, 'exit')
    console.log(stateOf(pid))
    process.exit()
  `)
  t.same([stderr, stdout], ['', 'none\n'])
})

test('as process 1 the enclave takes in every orphan that a bridge leaves, and still sees the bridges\' own ends', withPidNamespace, async t => {
  const { env, folder, notes } = bootFolder(t)
  const { child, said, exit, lines } = boot(t, env, { command: ['/usr/bin/unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] })
  await said('boot.step', { step: 'bridges' })
  const [first] = childrenOf(child.pid ?? 0)
  const enclave = first?.pid ?? 0
  t.equal(childrenOf(enclave).length, 2)

  writeFileSync(join(folder, 'kms.behaviour'), '{"orphan":true}')
  const kmsBridge = childrenOf(enclave).map(({ pid }) => pid)[0] ?? 0
  process.kill(kmsBridge, 'SIGKILL')
  await until(() => notes('kms').length >= 3)
  writeFileSync(join(folder, 'kms.behaviour'), '{}')
  t.ok(notes('kms').slice(1, 3).every(({ child: orphan }) => orphan !== undefined))
  await said('bridge.ended', { exitCode: 137 })
  await said('bridge.ended', { exitCode: 0 })
  await until(() => childrenOf(enclave).length === 2 && childrenOf(enclave).every(({ state }) => state !== 'Z'))
  t.ok(isAlive(enclave))

  process.kill(enclave, 'SIGTERM')
  t.match(await exit, { code: 0 })
  t.match(lines.at(-1), { event: 'enclave.stopped' })
})
