import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { AttestationError, attestationErrorCodes, isAttestationError } from '../src/index.ts'

test('an error says its rule and keeps its cause', async t => {
  const cause = new Error('below')
  const error = new AttestationError('NONCE_MISMATCH', { expectedBytes: 32, actualBytes: null }, { cause })
  t.equal(error.name, 'AttestationError')
  t.equal(error.message, 'the nonce is not the expected one')
  t.equal(error.cause, cause)
  t.strictSame(error.facts, { expectedBytes: 32, actualBytes: null })
})

test('an error is recognised by its code', async t => {
  const error: unknown = new AttestationError('PCR_COUNT_INVALID', { count: 33 })
  t.ok(isAttestationError(error))
  t.ok(isAttestationError(error, 'PCR_COUNT_INVALID') && error.facts.count === 33)
  t.notOk(isAttestationError(error, 'PCR_MISMATCH'))
  t.notOk(isAttestationError(new Error('PCR_COUNT_INVALID')))
})

test('no two rules have one message', async t => {
  const messages = attestationErrorCodes.map(code => new AttestationError(code, {} as never).message)
  t.equal(new Set(messages).size, attestationErrorCodes.length)
})

test('every code is explained in the README', async t => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  t.strictSame(attestationErrorCodes.filter(code => !readme.includes(`\`${code}\``)), [])
})
