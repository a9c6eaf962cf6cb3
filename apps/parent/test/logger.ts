import { test } from 'tap'

import { createLogger } from '../src/logger.ts'

test('a line is JSON with a level by name, a time and the data beside a constant message', async t => {
  const lines: string[] = []
  createLogger('info', { write: line => { lines.push(line) } }).info({ keyId: 'k' }, 'key stored')
  t.match(JSON.parse(lines[0] ?? ''), { level: 'info', time: /^\d{4}-.*Z$/, keyId: 'k', msg: 'key stored' })
})

test('members that hold secrets are never written', async t => {
  const lines: string[] = []
  const log = createLogger('info', { write: line => { lines.push(line) } })
  log.info({ secretAccessKey: 'hush', params: { sessionToken: 'hush', deeper: { ciphertextBlob: 'hush' } } }, 'x')
  t.notMatch(lines[0], /hush/)
  t.match(lines[0], /\[secret\]/)
})

test('lines below the level are not written', async t => {
  const lines: string[] = []
  createLogger('warn', { write: line => { lines.push(line) } }).info('x')
  t.equal(lines.length, 0)
})
