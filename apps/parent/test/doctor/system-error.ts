import { test } from 'tap'

import { systemErrorCode, systemErrorSentence } from '../../src/doctor/system-error.ts'

test('known codes have sentences, others are named', async t => {
  const error = (code: string): Error => Object.assign(new Error('secret/path'), { code })
  t.equal(systemErrorSentence(error('EPERM')), 'may not be accessed from this container')
  t.equal(systemErrorSentence(error('EMFILE')), 'cannot be used (EMFILE)')
  t.equal(systemErrorSentence('x'), 'cannot be used (unknown error)')
  t.equal(systemErrorCode(error('EIO')), 'EIO')
})
