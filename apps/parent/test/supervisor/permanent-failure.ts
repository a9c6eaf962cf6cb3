import { AttestationError } from '@enclave-signer/attestation'
import { test } from 'tap'

import { ParentError } from '../../src/errors.ts'
import { NitroCliError } from '../../src/nitro-cli/errors.ts'
import type { NitroCliErrorCode } from '../../src/nitro-cli/errors.ts'
import { codeOf, isPermanent } from '../../src/supervisor/permanent-failure.ts'

const nitroCli = (code: NitroCliErrorCode): NitroCliError => new NitroCliError(code, { command: 'run-enclave', exitCode: 1, detail: '' })

const cases: [string, unknown, boolean][] = [
  ['an unknown image', new ParentError('IMAGE_UNKNOWN', '', { image: 'x' }), true],
  ['another PCR0 than expected', new ParentError('MEASUREMENTS_UNEXPECTED', '', { expected: '', measured: '' }), true],
  ['an enclave with other settings', new ParentError('ENCLAVE_DIFFERS', '', { setting: 'region' }), true],
  ['a refused attestation', new ParentError('ATTESTATION_REFUSED', '', { reason: 'PCR_MISMATCH' }), true],
  ['a docker that does not answer', new ParentError('DOCKER_FAILED', '', { command: 'build', exitCode: 1, kind: 'other' }), false],
  ['a missing docker', new ParentError('DOCKER_FAILED', '', { command: 'build', exitCode: undefined, kind: 'program-missing' }), true],
  ['an enclave that is gone', new ParentError('ENCLAVE_GONE', '', { enclaveId: 'i' }), false],
  ['a damaged EIF, which is built again', new ParentError('EIF_DAMAGED', '', { eifPath: '' }), false],
  ['too little memory for the EIF (E26)', nitroCli('E26'), true],
  ['a missing nitro-cli', nitroCli('NOT_FOUND'), true],
  ['too little memory free (E27)', nitroCli('E27'), false],
  ['a boot that failed (E36)', nitroCli('E36'), false],
  ['a device that is not there (E19)', nitroCli('E19'), true],
  ['a code of a later nitro-cli', nitroCli('E99'), false],
  ['a full disk', Object.assign(new Error('write'), { code: 'ENOSPC' }), false],
  ['anything else', new Error('x'), false],
]

for (const [what, error, permanent] of cases) {
  test(`${what} is ${permanent ? 'final' : 'tried again'}`, async t => { t.equal(isPermanent(error), permanent) })
}

test('a failure is shown by the code nearest to its cause', async t => {
  const cause = new AttestationError('NONCE_MISMATCH', { expectedBytes: 1, actualBytes: null })
  t.equal(codeOf(new ParentError('ATTESTATION_REFUSED', '', { reason: 'x' }, { cause })), 'NONCE_MISMATCH')
  t.equal(codeOf(nitroCli('E26')), 'E26')
  t.equal(codeOf(Object.assign(new Error('write'), { code: 'ENOSPC' })), 'DISK_FULL')
  t.equal(codeOf(new TypeError('x')), 'INTERNAL')
})
