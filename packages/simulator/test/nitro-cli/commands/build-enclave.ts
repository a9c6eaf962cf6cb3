import { join } from 'node:path'
import { test } from 'tap'

import { startTestHost } from '../../fixtures/host.ts'
import { parse } from '../../fixtures/nitro-cli.ts'
import type { Described } from '../../fixtures/nitro-cli.ts'
import { jsonVector, shapeOf, vector, vectorPath, withVectors } from '../../fixtures/vectors.ts'

test('build-enclave and describe-eif answer in the real shapes, signed and not', withVectors, async (t) => {
  const host = await startTestHost(t)
  const output = join(host.directory, 'x.eif')
  const built = await host.nitroCli('build-enclave', '--docker-uri', 'enclave-signer:dev', '--output-file', output)
  t.equal(built.stderr, vector('nitro-cli/build-enclave.stderr.txt').toString())
  t.same(shapeOf(parse(built.stdout)), shapeOf(jsonVector('nitro-cli/build-enclave.stdout.json')))
  const described = parse((await host.nitroCli('describe-eif', '--eif-path', output)).stdout) as Described & { Metadata: { DockerInfo: unknown } }
  const plain = { ...described, Metadata: { ...described.Metadata, DockerInfo: {} } }
  t.same(shapeOf(plain), shapeOf(jsonVector('nitro-cli/describe-eif.stdout.json')))
  t.match(described, { Measurements: (parse(built.stdout) as Described).Measurements, IsSigned: false, CheckCRC: true })

  const signing = ['--signing-certificate', vectorPath('eif/signer-cert.pem'), '--private-key', vectorPath('eif/signer-key.pem')]
  const signed = await host.nitroCli('build-enclave', '--docker-uri', 'enclave-signer:dev', '--output-file', output, ...signing)
  t.same(shapeOf(parse(signed.stdout)), shapeOf(jsonVector('nitro-cli/build-enclave.signed.stdout.json')))
  t.match(parse((await host.nitroCli('describe-eif', '--eif-path', output)).stdout), { IsSigned: true, SignatureCheck: true })
})

test('an image that is not there, or has nothing to run, gives no EIF', async (t) => {
  const host = await startTestHost(t)
  const output = join(host.directory, 'x.eif')
  t.match(await host.nitroCli('build-enclave', '--docker-uri', 'nowhere', '--output-file', output), { stdout: '', stderr: /\n\[ E50 \]/, exitCode: 50 })
  t.match(await host.nitroCli('build-enclave', '--docker-uri', 'enclave-signer:dev', '--output-file', '/nowhere/x'), {
    stderr: /\[ E19 \] .*\nFile: '\/nowhere\/x', failing operation: 'Open'\./, exitCode: 19,
  })
})
