import { test } from 'tap'

import { EnclaveError, enclaveErrorCodes, jsonRpcNumbers, ProtocolError } from '../src/errors.ts'

test('an error keeps its code, its message and its cause', async t => {
  const cause = new Error('below')
  t.match(new ProtocolError('ABORTED', 'given up', { cause }), { name: 'ProtocolError', code: 'ABORTED', message: 'given up', cause })
  t.match(new EnclaveError('KEY_CONFLICT', 'taken', { cause }), { name: 'EnclaveError', code: 'KEY_CONFLICT', message: 'taken', cause })
})

test('the codes of JSON-RPC 2.0 have its numbers, and no code stands twice', async t => {
  t.strictSame(jsonRpcNumbers, {
    PARSE_ERROR: -32700,
    INVALID_REQUEST: -32600,
    DUPLICATE_ID: -32600,
    METHOD_NOT_FOUND: -32601,
    INVALID_PARAMS: -32602,
    INTERNAL: -32603,
  })
  t.equal(new Set(enclaveErrorCodes).size, enclaveErrorCodes.length)
})
