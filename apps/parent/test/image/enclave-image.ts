import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { ParentError } from '../../src/errors.ts'
import { createEifCache } from '../../src/image/eif-cache.ts'
import { measureImage, obtainImage } from '../../src/image/enclave-image.ts'
import type { ImageTools } from '../../src/image/enclave-image.ts'

const never = new AbortController().signal
const pcr = 'ab'.repeat(48)
const measurements = { PCR0: pcr, PCR1: pcr, PCR2: pcr }
const settings = { region: 'eu-central-1', kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k', kmsProxyPort: 8000 }

interface Host {
  intact?: boolean
  /** The images that can be pulled. */
  registry?: Record<string, string>
}

interface Calls { pulled: string[], dockerfiles: string[], built: string[], tagged: string[][], steps: string[] }

function toolsOf (t: Test, images: Record<string, string>, host: Host = {}): { tools: ImageTools, calls: Calls } {
  const { intact = true, registry = {} } = host
  const calls: Calls = { pulled: [], dockerfiles: [], built: [], tagged: [], steps: [] }
  const unused = async (): Promise<never> => { throw new Error('not part of this') }
  const tools: ImageTools = {
    settings,
    expectedPcr0: undefined,
    cache: createEifCache(join(t.testdir(), 'eif')),
    progress: { step: line => { calls.steps.push(line) } },
    metadata: { container: async () => ({ image: 'own:1', imageId: 'sha256:own' }) },
    docker: {
      inspectImageId: async image => {
        const id = images[image]
        if (id === undefined) throw new ParentError('IMAGE_UNKNOWN', 'x', { image })
        return id
      },
      pull: async image => {
        calls.pulled.push(image)
        const id = registry[image]
        if (id === undefined) throw new ParentError('IMAGE_UNKNOWN', 'x', { image })
        images[image] = id
      },
      tag: async (imageId, tag) => { calls.tagged.push([imageId, tag]) },
      build: async (_tag, dockerfile) => {
        calls.dockerfiles.push(dockerfile)
        return 'sha256:derived'
      },
    },
    nitroCli: {
      buildEnclave: async (image, path, _signal, onLine) => {
        onLine?.('Start building the Enclave Image...')
        calls.built.push(image)
        writeFileSync(path, 'eif')
        return measurements
      },
      describeEif: async () => ({ measurements, intact }),
      runEnclave: unused,
      describeEnclaves: unused,
      terminateEnclave: unused,
    },
  }
  return { tools, calls }
}

test('a given image is derived and built once', async t => {
  const { tools, calls } = toolsOf(t, { 'signer:1': 'sha256:a' })
  const image = await obtainImage({ from: 'image', image: 'signer:1' }, tools, never)
  t.match(image, { name: 'signer:1', imageId: 'sha256:a', eifPath: /[0-9a-f]{64}\.eif$/ })
  await obtainImage({ from: 'image', image: 'signer:1' }, tools, never)
  t.equal(calls.built.length, 1)
  t.match(calls.built[0], /^enclave-signer-enclave:[0-9a-f]{16}$/)
  t.match(calls.dockerfiles[0], /^FROM enclave-signer-base:a\n/)
  t.equal(calls.steps.at(-1), 'Start building the Enclave Image...')
})

test('an image whose name moved on is built again', async t => {
  const images = { 'signer:1': 'sha256:a' }
  const { tools, calls } = toolsOf(t, images)
  const first = await obtainImage({ from: 'image', image: 'signer:1' }, tools, never)
  images['signer:1'] = 'sha256:b'
  const second = await obtainImage({ from: 'image', image: 'signer:1' }, tools, never)
  t.not(first.eifPath, second.eifPath)
  t.equal(calls.built.length, 2)
})

test('the image is pinned by its id, wherever its name points: BuildKit takes no id after FROM', async t => {
  const { tools, calls } = toolsOf(t, { 'own:1': 'sha256:newer' })
  t.match(await obtainImage({ from: 'ecs', metadataUris: ['x'] }, tools, never), { name: 'own:1', imageId: 'sha256:own' })
  t.same(calls.tagged, [['sha256:own', 'enclave-signer-base:own']])
  t.match(calls.dockerfiles[0], /^FROM enclave-signer-base:own\n/)
})

test('an image that this host does not have is pulled once', async t => {
  const { tools, calls } = toolsOf(t, {}, { registry: { 'registry.example/signer:1': 'sha256:a' } })
  const source = { from: 'image', image: 'registry.example/signer:1' } as const
  t.match(await obtainImage(source, tools, never), { name: 'registry.example/signer:1', imageId: 'sha256:a' })
  await obtainImage(source, tools, never)
  t.same(calls.pulled, ['registry.example/signer:1'])
  t.equal(calls.steps[0], 'docker pull registry.example/signer:1')
})

test('an image that is neither on this host nor in its registry is IMAGE_UNKNOWN', async t => {
  const { tools, calls } = toolsOf(t, {})
  await t.rejects(obtainImage({ from: 'image', image: 'nobody:1' }, tools, never), { code: 'IMAGE_UNKNOWN', facts: { image: 'nobody:1' } })
  t.same([calls.pulled, calls.tagged], [['nobody:1'], []])
})

test('a docker that does not answer is not asked to pull', async t => {
  const { tools, calls } = toolsOf(t, {})
  const refusal = new ParentError('DOCKER_FAILED', 'x', { command: 'image inspect', exitCode: 1, kind: 'daemon-not-running' })
  const docker = { ...tools.docker, inspectImageId: async (): Promise<never> => { throw refusal } }
  await t.rejects(obtainImage({ from: 'image', image: 'signer:1' }, { ...tools, docker }, never), refusal)
  t.same(calls.pulled, [])
})

test('a given EIF is used as it is, and must be there', async t => {
  const { tools, calls } = toolsOf(t, {})
  const eifPath = join(t.testdir({ 'a.eif': 'eif' }), 'a.eif')
  t.match(await obtainImage({ from: 'eif', eifPath }, tools, never), { eifPath, imageId: undefined })
  t.same(calls.dockerfiles, [])
  await t.rejects(obtainImage({ from: 'eif', eifPath: '/nowhere.eif' }, tools, never), { code: 'EIF_MISSING', facts: { eifPath: '/nowhere.eif' } })
})

const image = { eifPath: '/a.eif', name: undefined, imageId: undefined, cacheDigest: undefined }

test('EXPECTED_PCR0 must be the measured one', async t => {
  const { tools } = toolsOf(t, {})
  t.match(await measureImage(image, { ...tools, expectedPcr0: pcr }, never), { measurements })
  const expected = '00'.repeat(48)
  await t.rejects(measureImage(image, { ...tools, expectedPcr0: expected }, never), {
    code: 'MEASUREMENTS_UNEXPECTED', facts: { expected, measured: pcr },
  })
})

test('a damaged EIF is refused, and thrown away where it was a cached one', async t => {
  const { tools } = toolsOf(t, { 'signer:1': 'sha256:a' }, { intact: false })
  const cached = await obtainImage({ from: 'image', image: 'signer:1' }, tools, never)
  await t.rejects(measureImage(cached, tools, never), { code: 'EIF_DAMAGED', facts: { eifPath: cached.eifPath } })
  t.equal(existsSync(cached.eifPath), false)
})
