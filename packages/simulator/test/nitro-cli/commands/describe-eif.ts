import { test } from 'tap'

import { startTestHost } from '../../fixtures/host.ts'
import { parse } from '../../fixtures/nitro-cli.ts'
import { vectorPath, withVectors } from '../../fixtures/vectors.ts'

test('describe-eif of the published files', withVectors, async (t) => {
  const host = await startTestHost(t)
  const describe = async (name: string): Promise<unknown> => parse((await host.nitroCli('describe-eif', '--eif-path', vectorPath(name))).stdout)
  t.match(await describe('eif/tiny.eif'), { EifVersion: 4, IsSigned: false, CheckCRC: true, ImageName: 'tiny', Metadata: { BuildTool: 'mkeif', app: 'tiny' } })
  t.match(await describe('eif/bad-crc.eif'), { CheckCRC: false })
  const signed = await describe('eif/tiny-signed.eif') as { SigningCertificate: Record<string, string> }
  t.match(signed, { IsSigned: true, SignatureCheck: true, CheckCRC: true })
  t.same(Object.keys(signed.SigningCertificate), ['IssuerName', 'Algorithm', 'NotBefore', 'NotAfter', 'Signature'])
  t.match(signed.SigningCertificate, { Algorithm: 'ecdsa-with-SHA384', NotAfter: /^\w{3} +\d+ \d\d:\d\d:\d\d \d{4} GMT$/, Signature: /^30(:[0-9A-F]{2})+$/ })
  t.match(await host.nitroCli('describe-eif', '--eif-path', '/nowhere'), { stdout: '', stderr: /^\[ E35 \]/, exitCode: 35 })
})
