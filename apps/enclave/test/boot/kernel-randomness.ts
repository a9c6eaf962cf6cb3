import { test } from 'tap'
import { poolInfoOf } from '../../src/boot/kernel-randomness.ts'
import { asRoot, evaluate, nobody } from '../fixtures/boot.ts'

test('the kernel is told how many bytes come and that every bit of them counts', async t => {
  t.equal(poolInfoOf(Buffer.from('abc')).toString('hex'), '18000000' + '03000000' + '616263')
})

test('root mixes random bytes into the kernel\'s pool, credits them and has the generator seeded anew', asRoot, async t => {
  const { exitCode, stdout, stderr } = await evaluate('import { creditKernelPool } from \'./kernel-randomness.ts\'\ncreditKernelPool(Buffer.alloc(64, 7))\ncreditKernelPool(Buffer.alloc(3, 7))')
  t.same([exitCode, stdout, stderr], [0, '', ''])
})

test('crediting is root\'s alone, and a refusal is an error with the system\'s name', asRoot, async t => {
  const { stdout } = await evaluate(`
    import { creditKernelPool } from './kernel-randomness.ts'
    try { creditKernelPool(Buffer.alloc(64)) } catch ({ code, message }) { console.log(code, message) }
  `, nobody)
  t.equal(stdout, 'EPERM RNDADDENTROPY failed: EPERM\n')
})

test('anybody may mix bytes in without credit', async t => {
  const user = asRoot.skip === undefined ? nobody : {}
  const { exitCode, stderr } = await evaluate('import { writeKernelPool } from \'./kernel-randomness.ts\'\nwriteKernelPool(Buffer.alloc(64))', user)
  t.same([exitCode, stderr], [0, ''])
})
