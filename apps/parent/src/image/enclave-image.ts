import { access } from 'node:fs/promises'

import type { Measurements } from '@enclave-signer/attestation'

import type { ImageSource } from '../config/config.ts'
import type { Docker } from '../docker/docker.ts'
import type { EcsMetadata } from '../ecs/metadata.ts'
import { ParentError } from '../errors.ts'
import type { NitroCli } from '../nitro-cli/nitro-cli.ts'
import { baseTag, derivedDigest, derivedDockerfile, derivedTag } from './derived-image.ts'
import type { MeasuredSettings } from './derived-image.ts'
import type { EifCache } from './eif-cache.ts'
import type { ImageProgress } from './image-progress.ts'

/** An EIF and what it was made from. */
export interface EnclaveImage {
  eifPath: string
  /** The image's name, where the EIF was built from one. */
  name: string | undefined
  /** The image's id, where the EIF was built from one. */
  imageId: string | undefined
  /** What the EIF is cached under, where it is. */
  cacheDigest: string | undefined
}

/** An EIF whose measurements are known and allowed. */
export interface MeasuredImage extends EnclaveImage {
  measurements: Measurements
}

/** What obtaining and measuring need. */
export interface ImageTools {
  /** Put into a derived image. */
  settings: MeasuredSettings
  /** What PCR0 must be, where that was said: 96 lower-case hexadecimal digits. */
  expectedPcr0: string | undefined
  nitroCli: NitroCli
  docker: Docker
  cache: EifCache
  metadata: EcsMetadata
  /** Told of each step and of each line that build-enclave prints. */
  progress?: Pick<ImageProgress, 'step'> | undefined
}

/** What measuring needs of them. */
export type MeasureTools = Pick<ImageTools, 'nitroCli' | 'cache' | 'expectedPcr0'>

/**
 * The EIF to run: the given one, or one built (once) from the given image or from the parent's own with the enclave's command and settings.
 *
 * @throws ParentError `EIF_MISSING`, `IMAGE_UNKNOWN`, `DOCKER_FAILED`, `METADATA_UNAVAILABLE`; NitroCliError.
 */
export async function obtainImage (source: ImageSource, tools: ImageTools, signal: AbortSignal): Promise<EnclaveImage> {
  if (source.from === 'eif') return await givenEif(source.eifPath)
  const { cache, docker, nitroCli, settings, progress } = tools
  const { name, imageId } = await identifyImage(source, tools, signal)
  const base = baseTag(imageId)
  const dockerfile = derivedDockerfile(base, settings)
  const digest = derivedDigest(imageId, dockerfile)
  const eifPath = await cache.obtain(digest, async partialPath => {
    const tag = derivedTag(digest)
    progress?.step(`docker tag ${imageId} ${base}`)
    await docker.tag(imageId, base, signal)
    progress?.step(`docker build --tag ${tag} FROM ${base}`)
    await docker.build(tag, dockerfile, name, signal)
    progress?.step(`nitro-cli build-enclave --docker-uri ${tag}`)
    await nitroCli.buildEnclave(tag, partialPath, signal, line => { progress?.step(line) })
  })
  return { eifPath, name, imageId, cacheDigest: digest }
}

/**
 * Reads an EIF's measurements and holds PCR0 against the expected one.
 *
 * @throws ParentError `EIF_DAMAGED` (a cached file is thrown away), `MEASUREMENTS_UNEXPECTED`; NitroCliError.
 */
export async function measureImage (image: EnclaveImage, tools: MeasureTools, signal: AbortSignal): Promise<MeasuredImage> {
  const { nitroCli, cache, expectedPcr0 } = tools
  const { eifPath, cacheDigest } = image
  const { measurements, intact } = await nitroCli.describeEif(eifPath, signal)
  if (!intact) {
    if (cacheDigest !== undefined) await cache.discard(cacheDigest)
    throw new ParentError('EIF_DAMAGED', `the checksum of ${eifPath} is wrong`, { eifPath })
  }
  const measured = measurements.PCR0 ?? ''
  if (expectedPcr0 !== undefined && measured !== expectedPcr0) {
    const message = `PCR0 of the EIF is ${measured}, EXPECTED_PCR0 is ${expectedPcr0}`
    throw new ParentError('MEASUREMENTS_UNEXPECTED', message, { expected: expectedPcr0, measured })
  }
  return { ...image, measurements }
}

async function givenEif (eifPath: string): Promise<EnclaveImage> {
  await access(eifPath).catch((cause: unknown) => {
    throw new ParentError('EIF_MISSING', `the EIF ${eifPath} cannot be read`, { eifPath }, { cause })
  })
  return { eifPath, name: undefined, imageId: undefined, cacheDigest: undefined }
}

type NamedSource = Exclude<ImageSource, { from: 'eif' }>

interface IdentifiedImage {
  name: string
  imageId: string
}

async function identifyImage (source: NamedSource, tools: ImageTools, signal: AbortSignal): Promise<IdentifiedImage> {
  if (source.from === 'image') return { name: source.image, imageId: await presentImageId(source.image, tools, signal) }
  const { image, imageId } = await tools.metadata.container(signal)
  return { name: image, imageId }
}

/** An image that this host has is taken as it is; one that it has not is pulled first, as `docker run` would. */
async function presentImageId (image: string, { docker, progress }: ImageTools, signal: AbortSignal): Promise<string> {
  try {
    return await docker.inspectImageId(image, signal)
  } catch (error) {
    if (!(error instanceof ParentError) || error.code !== 'IMAGE_UNKNOWN') throw error
  }
  progress?.step(`docker pull ${image}`)
  await docker.pull(image, signal)
  return await docker.inspectImageId(image, signal)
}
