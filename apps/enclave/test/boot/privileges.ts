import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { expectNoPrivileges, privilegesIn } from '../../src/boot/privileges.ts'
import { asRoot, evaluate, nobody } from '../fixtures/boot.ts'

const none = 'Uid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\nGroups:\t1 2 \nCapInh:\t0000\nCapPrm:\t0000\nCapEff:\t0000\nCapBnd:\tffff\nCapAmb:\t0000\n'

test('every trace of root in a thread is seen', async t => {
  t.equal(privilegesIn(none), undefined)
  for (const [from, to, left] of [
    ['Uid:\t1\t1\t1\t1', 'Uid:\t1\t1\t0\t1', 'the user root'],
    ['Gid:\t1\t1\t1\t1', 'Gid:\t1\t1\t1\t0', 'the group root'],
    ['Groups:\t1 2 ', 'Groups:\t1 0 ', 'the supplementary group root'],
    ['CapPrm:\t0000', 'CapPrm:\t0100', 'CapPrm'],
    ['CapEff:\t0000', 'CapEff:\t0001', 'CapEff'],
    ['CapAmb:\t0000', 'CapAmb:\t1000', 'CapAmb'],
  ] as const) t.equal(privilegesIn(none.replace(from, to)), left)
  t.equal(privilegesIn(''), 'the user root', 'what says nothing proves nothing')
})

test('root is not taken for somebody without privileges', asRoot, async t => {
  t.throws(expectNoPrivileges, { code: 'PRIVILEGES_LEFT', message: 'a thread still has the user root' })
})

interface Dropped {
  threads: string[]
  child: string
  dumpable: boolean
  regained: string[]
}

const program = `
  import { execFileSync } from 'node:child_process'
  import { pbkdf2 } from 'node:crypto'
  import { readdirSync, readFileSync } from 'node:fs'
  import { isDumpable } from './core-dumps.ts'
  import { dropRoot } from './privileges.ts'
  await new Promise(resolve => pbkdf2('', '', 1, 1, 'sha256', resolve)) // so that there are threads of libuv's
  process.setgroups([0, 5])
  dropRoot()
  const regain = change => { try { change(); return 'allowed' } catch ({ code }) { return code } }
  console.log(JSON.stringify({
    threads: readdirSync('/proc/self/task').map(thread => readFileSync('/proc/self/task/' + thread + '/status', 'utf8')),
    child: execFileSync('cat', ['/proc/self/status'], { encoding: 'utf8' }),
    dumpable: isDumpable(),
    regained: [regain(() => process.setuid(0)), regain(() => process.setgid(0)), regain(() => process.setgroups([0]))],
  }))
`

test('root is dropped for good, in every thread and all that is started from here', asRoot, async t => {
  const { stdout, stderr } = await evaluate(program)
  const { threads, child, dumpable, regained } = JSON.parse(stdout) as Dropped
  t.equal(stderr, '')
  t.ok(threads.length > 5, `${threads.length} threads`)
  for (const status of [...threads, child]) {
    t.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m)
    t.match(status, /^Gid:\t65532\t65532\t65532\t65532$/m)
    t.match(status, /^Groups:\t *$/m)
    t.match(status, /^CapPrm:\t0+$/m)
    t.match(status, /^CapEff:\t0+$/m)
  }
  t.match(child, /^NoNewPrivs:\t1$/m)
  t.equal(dumpable, false)
  t.same(regained, ['EPERM', 'EPERM', 'EPERM'])
})

test('who is not root stays who he is', asRoot, async t => {
  const { stdout } = await evaluate(`
    import { switchOffCoreDumps } from './core-dumps.ts'
    import { dropRoot } from './privileges.ts'
    switchOffCoreDumps()
    dropRoot()
    console.log(process.getuid())
  `, nobody)
  t.equal(stdout, '65534\n')
})

test('a program whose own files it could change does not go on', asRoot, async t => {
  const copy = mkdtempSync(join(tmpdir(), 'encl-'))
  chmodSync(copy, 0o755)
  t.teardown(() => { rmSync(copy, { recursive: true }) })
  const { stdout } = await evaluate(`
    import { chmodSync, cpSync, symlinkSync } from 'node:fs'
    import { join } from 'node:path'
    const copy = ${JSON.stringify(copy)}
    cpSync('..', join(copy, 'src'), { recursive: true })
    cpSync('../../package.json', join(copy, 'package.json'))
    symlinkSync(join(process.cwd(), '../../node_modules'), join(copy, 'node_modules'))
    chmodSync(join(copy, 'src/boot/privileges.ts'), 0o666)
    const { dropRoot } = await import(join(copy, 'src/boot/privileges.ts'))
    try { dropRoot() } catch ({ code, message }) { console.log(code, message) }
    process.exit(0)
  `)
  t.match(stdout, /^CODE_WRITABLE \S+\/src\/boot\/privileges\.ts can be written\n$/)
})
