import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { createClient } from '@enclave-signer/protocol'
import { test } from 'tap'
import { asRoot, boot, bootFolder, isAlive, nobody, until, withPidNamespace } from '../fixtures/boot.ts'

const user = asRoot.skip === undefined ? '65532' : String(process.getuid?.())

test('the boot sequence goes through its steps in their order, each with one line', async t => {
  const { env, folder, notes } = bootFolder(t)
  const { lines, said, exit, child } = boot(t, env)
  await said('boot.step', { step: 'bridges' })
  t.same(lines.filter(({ level }) => level !== 'warn').map(({ event, step, bridge }) => step ?? bridge ?? event), [
    'enclave.booted', 'settings', 'machine', 'core-dumps', 'nsm', 'nsm.described', 'randomness', 'registers', 'clock', 'run-directory', 'privileges',
    'enclave.listening', 'listener', 'kms', 'parent', 'bridges',
  ])
  t.same(lines.filter(({ level }) => level === 'warn').map(({ step }) => step), asRoot.skip === undefined ? [] : ['randomness'])
  t.equal(statSync(folder).mode & 0o777, 0o700)
  await until(() => notes('parent').length === 1)
  t.same([...notes('kms'), ...notes('parent')].map(({ args }) => args[0]?.replace(/[:,].*/, '')), ['-T60', 'VSOCK-LISTEN'])
  child.kill('SIGTERM')
  await exit
})

test('what the program and its bridges run with is no root, no privileges and no core files', async t => {
  const { env, notes } = bootFolder(t)
  const { said, child, exit } = boot(t, env)
  await said('boot.step', { step: 'bridges' })
  await until(() => notes('parent').length === 1)
  const own = { status: readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8'), limits: readFileSync(`/proc/${child.pid ?? 0}/limits`, 'utf8') }
  for (const { status, limits } of [own, ...notes('kms'), ...notes('parent')]) {
    t.match(status, new RegExp(`^Uid:\t${user}\t${user}\t${user}\t${user}$`, 'm'))
    t.match(status, /^CapPrm:\t0+$/m)
    t.match(status, /^NoNewPrivs:\t1$/m)
    t.match(limits, /^Max core file size +0 +0 /m)
  }
  t.same(notes('parent').map(note => note.env), [{ PATH: env.PATH }], 'a bridge gets nothing of the environment but the way to programs')
  child.kill('SIGTERM')
  await exit
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends the listener with its connections, then the bridges, with exit code 0`, async t => {
    const { env, notes } = bootFolder(t)
    const { lines, said, exit, child } = boot(t, env)
    await said('boot.step', { step: 'bridges' })
    await until(() => notes('parent').length === 1)
    const socket = connect(env.LISTEN_SOCKET ?? '')
    await once(socket, 'connect')
    const client = createClient(socket)
    t.match(await client.request('readLog', { after: 0 }), { lines: [{ event: 'enclave.booted' }, { event: 'boot.step' }] }, 'the parent can read the boot too')
    child.kill(signal)
    child.kill(signal)
    t.same(await exit, { code: 0, signal: null })
    t.same(lines.slice(-3).map(({ event }) => event), ['enclave.stopping', 'connection.closed', 'enclave.stopped'])
    t.match(lines.at(-3), { signal })
    t.notOk(existsSync(env.LISTEN_SOCKET ?? ''))
    t.ok([...notes('kms'), ...notes('parent')].every(({ pid }) => !isAlive(pid)))
  })
}

test('as process 1 the enclave obeys SIGTERM all the same, and its exit code is seen', withPidNamespace, async t => {
  const command = ['/usr/bin/unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
  const { env, folder } = bootFolder(t)
  const { said, exit, child } = boot(t, env, { command })
  await said('boot.step', { step: 'bridges' })
  const enclave = Number(readFileSync(`/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`, 'utf8'))
  process.kill(enclave, 'SIGTERM')
  t.same(await exit, { code: 0, signal: null })

  chmodSync(folder, 0o777)
  t.match(await boot(t, env, { command }).exit, { code: 1 })
})

type Prepare = (arranged: ReturnType<typeof bootFolder>) => Record<string, string>

const failures: [name: string, step: string, code: string, prepare: Prepare][] = [
  ['settings that cannot be used', 'settings', 'CONFIG_INVALID', () => ({ AWS_REGION: 'nowhere' })],
  ['a folder of its sockets that others can write', 'run-directory', 'RUN_DIRECTORY_UNSAFE', ({ folder }) => {
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    return {}
  }],
  ['a socket it cannot listen on', 'listener', 'EACCES', ({ folder }) => {
    const locked = join(dirname(folder), 'locked')
    mkdirSync(locked, { mode: 0o711 })
    mkdirSync(join(locked, 'run'), { mode: 0o700 })
    chmodSync(locked, 0o600)
    return { LISTEN_SOCKET: join(locked, 'run/enclave.sock') }
  }],
  ['no socat', 'bridges', 'ENOENT', () => ({ PATH: '/nonexistent' })],
]

for (const [name, step, code, prepare] of failures) {
  test(`with ${name} the enclave ends with exit code 1 and a last line that says so`, step === 'listener' ? asRoot : {}, async t => {
    const arranged = bootFolder(t)
    const { lines, exit } = boot(t, { ...arranged.env, ...prepare(arranged) })
    t.same(await exit, { code: 1, signal: null })
    const { at, ...last } = lines.at(-1) ?? { event: '', at: 0 }
    t.same(last, { level: 'error', event: 'enclave.failed', step, code })
    t.type(at, 'number')
  })
}

test('a bridge that will not stay up ends the enclave, whose last line says which', async t => {
  const { env, folder, notes } = bootFolder(t)
  const { lines, said, exit } = boot(t, env)
  await said('boot.step', { step: 'bridges' })
  await until(() => notes('parent').length === 1)
  writeFileSync(join(folder, 'enclave.behaviour'), '{"exitCode":3}')
  process.kill(notes('parent')[0]?.pid ?? 0, 'SIGKILL')
  t.same(await exit, { code: 1, signal: null })
  t.same(lines.filter(({ event }) => event === 'bridge.ended').map(({ exitCode }) => exitCode), [137, 3, 3, 3, 3, 3])
  t.match(lines.at(-1), { event: 'enclave.failed', step: 'running', code: 'BRIDGE_PARENT_ENDED' })
  t.notOk(isAlive(notes('kms')[0]?.pid ?? 0), 'the other one goes with it')
})

test('a program that is not root does all that can be done without, and says what it could not', asRoot, async t => {
  const { env, folder } = bootFolder(t)
  chmodSync(dirname(folder), 0o777)
  const { lines, said, child, exit } = boot(t, env, { user: nobody })
  await said('boot.step', { step: 'bridges' })
  t.same(lines.filter(({ level }) => level === 'warn').map(({ event, step }) => [event, step]), [['boot.unprivileged', 'randomness']])
  child.kill('SIGTERM')
  t.same(await exit, { code: 0, signal: null })
})
