import { test } from 'tap'

import { enclaveNameOf, isOwnEnclave } from '../../src/supervisor/enclave-name.ts'

test('a parent knows its own enclaves by its name and a number, and nitro-cli\'s variants of that', async t => {
  t.equal(enclaveNameOf('enclave-signer', 0), 'enclave-signer-0')
  for (const name of ['enclave-signer-0', 'enclave-signer-3', 'enclave-signer-0_1']) t.equal(isOwnEnclave({ name }, 'enclave-signer'), true, name)
})

test('enclaves of a parent with a longer or shorter name are another\'s', async t => {
  const foreign = ['enclave-signer-b-0', 'enclave-signer', 'enclave-signer-', 'enclave-signer-0-0', 'my-enclave-signer-0', 'enclave-signer-0_', 'payments', undefined]
  for (const name of foreign) t.equal(isOwnEnclave({ name }, 'enclave-signer'), false, String(name))
})
