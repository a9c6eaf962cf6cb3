import { setTimeout } from 'node:timers/promises'

import { execa } from 'execa'
import { test } from 'tap'

import { kill, processesWithVariable, readProcess } from '../src/process-table.ts'

test('a process is known by its state, parent and start time, and by what its environment has', async t => {
  const child = execa('sleep', ['60'], { reject: false, env: { ENCLAVE_SIGNER_TEST: 'one two' } })
  const pid = child.pid ?? 0
  t.match(await readProcess(pid), { pid, parentPid: process.pid, startTime: /^\d+$/ })
  t.match((await processesWithVariable('ENCLAVE_SIGNER_TEST')).filter(entry => entry.pid === pid), [{ pid, value: 'one two' }])
  process.kill(pid, 'SIGSTOP')
  // A signal arrives when the process gets its turn.
  while ((await readProcess(pid))?.state !== 'T') await setTimeout(5)
  t.equal(kill(pid), true)
  await child
  t.equal(await readProcess(pid), undefined)
  t.equal(kill(pid), false)
})
