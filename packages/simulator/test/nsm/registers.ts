import { createHash } from 'node:crypto'
import { test } from 'tap'

import { createRegisters } from '../../src/nsm/registers.ts'

const zero = Buffer.alloc(48)
const pcrs = new Map([[0, Buffer.alloc(48, 0xa0)], [15, zero]])

function refusal (nsmError: string): { code: string, facts: { nsmError: string } } {
  return { code: 'NSM_REFUSED', facts: { nsmError } }
}

test('what the hypervisor has set is locked, and the rest is zero and free', async (t) => {
  const registers = createRegisters(pcrs)
  t.same(registers.describe(0), { data: pcrs.get(0), lock: true })
  t.same(registers.describe(16), { data: zero, lock: false })
  t.same([...registers.locked.keys()], [0, 15])
})

test('an extension hashes the register and the data, each time anew', async (t) => {
  const registers = createRegisters(pcrs)
  const once = createHash('sha384').update(zero).update('abc').digest()
  t.same(registers.extend(16, Buffer.from('abc')), once)
  t.same(registers.extend(16, Buffer.from('abc')), createHash('sha384').update(once).update('abc').digest())
  t.same(registers.describe(31).data, zero, 'another one stays')
})

test('a locked register is read only, and then stands among those that are attested', async (t) => {
  const registers = createRegisters(pcrs)
  const value = registers.extend(20, Buffer.from('abc'))
  registers.lock(20)
  t.throws(() => registers.extend(20, Buffer.from('abc')), refusal('ReadOnlyIndex'))
  t.throws(() => { registers.lock(20) }, refusal('ReadOnlyIndex'))
  t.same(registers.describe(20), { data: value, lock: true })
  t.same(registers.locked.get(20), value)
})

test('a range is locked from the first register on, those that are locked already too', async (t) => {
  const registers = createRegisters(pcrs)
  registers.lockRange(18)
  t.same([16, 17, 18].map((index) => registers.describe(index).lock), [true, true, false])
  registers.lockRange(32)
  t.equal(registers.locked.size, 32)
})

test('there are 32 registers', async (t) => {
  const registers = createRegisters(pcrs)
  for (const index of [32, -1, 0.5]) {
    t.throws(() => registers.describe(index), refusal('InvalidIndex'), `${index}`)
    t.throws(() => registers.extend(index, zero), refusal('InvalidIndex'), `${index}`)
    t.throws(() => { registers.lock(index) }, refusal('InvalidIndex'), `${index}`)
  }
  t.throws(() => { registers.lockRange(33) }, refusal('InvalidIndex'))
})
