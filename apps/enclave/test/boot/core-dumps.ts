import { test } from 'tap'
import { evaluate } from '../fixtures/boot.ts'

const program = `
  import { spawnSync } from 'node:child_process'
  import { readFileSync } from 'node:fs'
  import { isDumpable, switchOffCoreDumps } from './core-dumps.ts'
  const before = isDumpable()
  switchOffCoreDumps()
  const read = what => readFileSync('/proc/self/' + what, 'utf8')
  const child = spawnSync('cat', ['/proc/self/limits', '/proc/self/status'], { encoding: 'utf8' }).stdout
  console.log(JSON.stringify({ before, dumpable: isDumpable(), own: read('limits') + read('status'), child }))
`

test('no memory of the program goes into a core file, now or later, and nothing it starts gains privileges', async t => {
  const { stdout } = await evaluate(program)
  const { before, dumpable, own, child } = JSON.parse(stdout) as { before: boolean, dumpable: boolean, own: string, child: string }
  t.same([before, dumpable], [true, false])
  for (const [name, said] of Object.entries({ own, child })) {
    t.match(said, /^Max core file size +0 +0 /m, name)
    t.match(said, /^NoNewPrivs:\t1$/m, name)
  }
})
