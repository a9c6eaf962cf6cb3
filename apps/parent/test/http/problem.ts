import { enclaveErrorCodes } from '@enclave-signer/protocol'
import { test } from 'tap'

import { ParentError } from '../../src/errors.ts'
import { problemTable } from '../../src/http/problem-table.ts'
import { codeOf, problemOf, RequestProblem } from '../../src/http/problem.ts'

test('every code of the enclave has a status, a title and advice', async t => {
  for (const code of enclaveErrorCodes) t.match(problemTable[code], { status: Number, title: /\w/, advice: /\.$/ }, code)
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
