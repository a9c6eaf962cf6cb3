import { test } from 'tap'

import { ImageProgress } from '../../src/image/image-progress.ts'
import { createLogger } from '../../src/logger.ts'

test('each step of making an EIF is logged, and the last one shown with its time', async t => {
  const lines: object[] = []
  const progress = new ImageProgress(createLogger('info', { write: line => { lines.push(JSON.parse(line) as object) } }), () => 1000)
  t.equal(progress.status, undefined)
  progress.step('Start building the Enclave Image...')
  progress.step('Enclave Image successfully created.')
  t.same(progress.status, { lastLine: 'Enclave Image successfully created.', since: '1970-01-01T00:00:01.000Z' })
  t.match(lines, [{ line: 'Start building the Enclave Image...' }, { line: 'Enclave Image successfully created.' }])
})
