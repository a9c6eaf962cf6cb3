import { EnclaveError, enclaveErrorCodes, ProtocolError } from '@enclave-signer/protocol'
import { test } from 'tap'

import { ParentError } from '../../src/errors.ts'
import { problemTable } from '../../src/problems/problem-table.ts'
import { codeOf, problemOf } from '../../src/problems/problem.ts'
import { RequestProblem } from '../../src/problems/request-problem.ts'

test('every code has a status, a title and advice', async t => {
  for (const [code, kind] of Object.entries(problemTable)) t.match(kind, { status: Number, title: /\w/, advice: /\.$/ }, code)
})

test('every code of the enclave is answered as one of the table, those of a broken wire as a lost connection', async t => {
  for (const code of enclaveErrorCodes) t.ok(problemTable[codeOf(new EnclaveError(code, 'the reason'))], code)
  t.equal(codeOf(new EnclaveError('INVALID_PARAMS', 'a bug')), 'INTERNAL')
  t.equal(codeOf(new ProtocolError('FRAME_TRUNCATED', 'cut off')), 'CONNECTION_LOST')
  t.equal(codeOf(new ProtocolError('TOO_MANY_IN_FLIGHT', 'full')), 'OVERLOADED')
  t.equal(codeOf(new ProtocolError('DEADLINE_EXCEEDED', 'late')), 'DEADLINE_EXCEEDED')
})

test('every answer that is worth another try says when', async t => {
  for (const [code, { status, retryAfter }] of Object.entries(problemTable)) {
    if (status === 503) t.equal(typeof retryAfter, 'number', code)
  }
})

test('an error of the parent that no caller should see is INTERNAL and shows nothing', async t => {
  const error = new ParentError('DOCKER_FAILED', 'docker said a detail', { command: 'build', exitCode: 1, kind: 'other' })
  t.equal(codeOf(error), 'INTERNAL')
  const { problem } = problemOf(error, { requestId: 'r' })
  t.match(problem, { status: 500, code: 'INTERNAL', requestId: 'r' })
  t.notMatch(problem.detail, /detail/)
})

test('the detail is what happened and what to do', async t => {
  const { problem } = problemOf(new RequestProblem('MESSAGE_TOO_LARGE', 'the message has 5000 bytes'), { requestId: 'r' })
  t.equal(problem.detail, 'The message has 5000 bytes. Sign the digest of a long message (messageType DIGEST).')
})
