import { test } from 'tap'
import { formatLogLine } from '../src/log.ts'

test('a line is built from the schema: what else an object carries is not written', async t => {
  const line = { level: 'info', event: 'key.loaded', keyId: 'k', keySpec: 'RSA_2048', at: 1, secret: 'hush' } as const
  t.equal(formatLogLine(line), '{"at":1,"level":"info","event":"key.loaded","keyId":"k","keySpec":"RSA_2048"}')
})
