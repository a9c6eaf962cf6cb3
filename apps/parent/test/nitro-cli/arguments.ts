import { test } from 'tap'

import {
  buildEnclaveArguments, describeEifArguments, describeEnclavesArguments, runEnclaveArguments, terminateEnclaveArguments,
} from '../../src/nitro-cli/arguments.ts'

const launch = { cpuCount: 2, memoryMib: 2634, eifPath: '/a.eif', cid: 16, name: 'enclave-signer-0', debugMode: false }

test('the command lines are those of nitro-cli', async t => {
  t.equal(buildEnclaveArguments('signer:1', '/a.eif').join(' '), 'build-enclave --docker-uri signer:1 --output-file /a.eif')
  t.equal(describeEifArguments('/a.eif').join(' '), 'describe-eif --eif-path /a.eif')
  t.equal(describeEnclavesArguments().join(' '), 'describe-enclaves')
  t.equal(terminateEnclaveArguments('i-1-enc2').join(' '), 'terminate-enclave --enclave-id i-1-enc2')
  t.equal(
    runEnclaveArguments(launch).join(' '),
    'run-enclave --cpu-count 2 --memory 2634 --eif-path /a.eif --enclave-cid 16 --enclave-name enclave-signer-0'
  )
})

test('only an enclave in debug mode is started with --debug-mode', async t => {
  t.notMatch(runEnclaveArguments(launch).join(' '), /debug/)
  t.match(runEnclaveArguments({ ...launch, debugMode: true }).join(' '), / --debug-mode$/)
})
