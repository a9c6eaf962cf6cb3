import { test } from 'tap'

import { enclaveImageSections, readEnclaveCommand } from '../../src/eif/enclave-image.ts'
import { measureEif } from '../../src/eif/measurements.ts'

const metadata = {
  ImageName: 'n',
  ImageVersion: 'v',
  BuildMetadata: { BuildTime: 't', BuildTool: 'b', BuildToolVersion: '1', OperatingSystem: 'Linux', KernelVersion: '6' },
  DockerInfo: {},
  CustomMetadata: null,
}
const image = {
  command: ['node', '/app/main.ts'],
  environment: ['A=b c', 'D=e=f'],
  files: [{ path: '/app/main.ts', data: Buffer.from('code') }, { path: '/app/lib/x.ts', data: Buffer.from('x') }],
  metadata,
}

test('command and environment come back out of the second ramdisk', async (t) => {
  t.same(readEnclaveCommand({ sections: enclaveImageSections(image) }), { command: image.command, environment: image.environment })
})

test('everything that runs is measured; order of files and metadata is not', async (t) => {
  const pcr0 = (changes: Partial<typeof image>): string => measureEif({ sections: enclaveImageSections({ ...image, ...changes }) }).PCR0.toString('hex')
  t.equal(pcr0({ files: image.files.toReversed(), metadata: { ...metadata, ImageName: 'other' } }), pcr0({}))
  t.not(pcr0({ command: ['node', '/app/other.ts'] }), pcr0({}))
  t.not(pcr0({ environment: ['A=b', 'D=e=f'] }), pcr0({}))
  t.not(pcr0({ files: [{ path: '/app/main.ts', data: Buffer.from('c0de') }] }), pcr0({}))
})

test('PCR1 is the same for every image and PCR2 is not', async (t) => {
  const [one, other] = [image, { ...image, environment: [] }].map((which) => measureEif({ sections: enclaveImageSections(which) }))
  t.same(one?.PCR1, other?.PCR1)
  t.notSame(one?.PCR2, other?.PCR2)
})

test('an image without a customer ramdisk has no command', async (t) => {
  t.throws(() => readEnclaveCommand({ sections: enclaveImageSections(image).slice(0, 4) }), { code: 'EIF_MALFORMED', message: /no customer ramdisk/ })
})
