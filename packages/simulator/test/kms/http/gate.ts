import { test } from 'tap'

import { Gate } from '../../../src/kms/http/gate.ts'

test('an open gate lets pass at once, a shut one in order when it opens', async (t) => {
  const gate = new Gate()
  const passed: string[] = []
  const pass = (name: string): void => { gate.pass(() => { passed.push(name) }) }
  pass('first')
  t.same(passed, ['first'])
  gate.shut()
  pass('second')
  pass('third')
  t.same(passed, ['first'])
  gate.open()
  t.same(passed, ['first', 'second', 'third'])
  gate.open()
  pass('fourth')
  t.same(passed, ['first', 'second', 'third', 'fourth'])
})
