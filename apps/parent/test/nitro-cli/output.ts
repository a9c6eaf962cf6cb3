import { test } from 'tap'

import { readBuildEnclave, readDescribeEif, readDescribeEnclaves, readRunEnclave, readTerminateEnclave } from '../../src/nitro-cli/output.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

test('measurements of a built EIF are read, with PCR8 where it is signed', withVectors, async t => {
  const plain = readBuildEnclave(vector('nitro-cli/build-enclave.stdout.json'))
  t.equal(plain.PCR0, '297caf40f22a444b7ac98e8ee68768b5c86480559bedab11ebfda0feebe8453ec7cc966d862920fb553857e0b1b554ff')
  t.same(Object.keys(plain), ['PCR0', 'PCR1', 'PCR2'])
  t.match(readBuildEnclave(vector('nitro-cli/build-enclave.signed.stdout.json')).PCR8, /^70da5833/)
})

test('an EIF is described by its measurements and its checksum', withVectors, async t => {
  const { measurements, intact } = readDescribeEif(vector('nitro-cli/describe-eif.stdout.json'))
  t.match(measurements.PCR0, /^6be47f83/)
  t.equal(intact, true)
  t.match(readDescribeEif(vector('nitro-cli/describe-eif.signed.stdout.json')).measurements.PCR8, /^70da5833/)
})

test('a launched enclave is known by its id and CID, also from nitro-cli before 1.1', withVectors, async t => {
  t.same(readRunEnclave(vector('nitro-cli/run-enclave.stdout.json')), { enclaveId: 'i-0584873aac8fea23b-enc17ad2edcbfdad4b', cid: 16, processId: 95271 })
  t.same(readRunEnclave(vector('nitro-cli/run-enclave.pre-1.1-no-name.stdout.json')), { enclaveId: 'i-04e1bfe628305b166-enc17aab64b3f7703d', cid: 42, processId: 7885 })
})

test('enclaves of the host are listed by name, state and mode, without measurements', withVectors, async t => {
  t.same(readDescribeEnclaves(vector('nitro-cli/describe-enclaves.stdout.json')), [
    { name: 'my_enclave', enclaveId: 'i-abc12345def67890a-enc9876abcd543210ef12', cid: 10, processId: 12345, running: true, debugMode: false },
  ])
  t.same(readDescribeEnclaves(vector('nitro-cli/describe-enclaves.debug-pre-measurements.stdout.json')), [
    { name: undefined, enclaveId: 'i-0584873aac8fea23b-enc17ad2edcbfdad4b', cid: 16, processId: 95271, running: true, debugMode: true },
  ])
  t.same(readDescribeEnclaves(vector('nitro-cli/describe-enclaves.empty.stdout.json')), [])
})

test('an enclave that is being ended does not run', async t => {
  const [enclave] = readDescribeEnclaves('[{"EnclaveID":"i","EnclaveCID":4,"ProcessID":9,"State":"TERMINATING","Flags":"NONE"}]')
  t.equal(enclave?.running, false)
})

test('an ended enclave is known by its id', withVectors, async t => {
  t.equal(readTerminateEnclave(vector('nitro-cli/terminate-enclave.stdout.json')), 'i-abc12345def67890a-enc9876abcd543210ef12')
})

test('what nitro-cli does not print is refused', async t => {
  t.throws(() => readBuildEnclave(''), SyntaxError)
  t.throws(() => readBuildEnclave('{}'), TypeError)
  t.throws(() => readBuildEnclave('{"Measurements":{"PCR0":"zz","PCR1":"","PCR2":""}}'), /\/Measurements/)
  t.throws(() => readRunEnclave('{"EnclaveID":"","EnclaveCID":16}'), TypeError)
  t.throws(() => readDescribeEnclaves('{}'), TypeError)
  t.throws(() => readTerminateEnclave('{"EnclaveID":"i","Terminated":false}'), TypeError)
})
