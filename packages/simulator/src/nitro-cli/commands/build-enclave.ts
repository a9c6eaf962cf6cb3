import { readFileSync, writeFileSync } from 'node:fs'

import { inspected } from '../../docker/inspected.ts'
import type { Image } from '../../docker/image.ts'
import { openImageStore } from '../../docker/image-store.ts'
import type { ImageStore } from '../../docker/image-store.ts'
import { enclaveImageSections } from '../../eif/enclave-image.ts'
import { measureEif } from '../../eif/measurements.ts'
import type { EifMeasurements } from '../../eif/measurements.ts'
import type { EifMetadata } from '../../eif/metadata.ts'
import { createSignatureSection } from '../../eif/signature.ts'
import { encodeEif } from '../../eif/writer.ts'
import type { Arguments } from '../../command-line/clap.ts'
import { measurementsOf } from '../running-enclaves/enclave-record.ts'
import { NitroCliFailure, nitroCliVersion } from '../failure.ts'
import { messageOf } from '../enclave-process/image-to-run.ts'
import { formatJson } from '../output.ts'
import type { CommandContext } from '../terminal.ts'

const within = ['Failed to build EIF from docker', 'Failed to build enclave']

/**
 * `build-enclave`: an image of the simulated docker becomes an EIF file.
 *
 * @throws NitroCliFailure E19, E48, E50 or E60.
 */
export async function buildEnclave (args: Arguments, { paths, out, err }: CommandContext): Promise<void> {
  if (args.has('docker-dir')) throw new NitroCliFailure('E48', 'the simulated nitro-cli builds from images, not from a folder', { within })
  const output = args.value('output-file') ?? ''
  err('Start building the Enclave Image...')
  writeOutput(output, Buffer.alloc(0))
  const store = openImageStore(paths.images)
  const image = await findImage(store, args.value('docker-uri') ?? '', err)
  const { file, measurements } = await createEif(store, image, args)
  writeOutput(output, file)
  err('Enclave Image successfully created.')
  out(formatJson({ Measurements: measurementsOf(measurements) }))
}

function writeOutput (path: string, content: Buffer): void {
  try {
    writeFileSync(path, content)
  } catch (cause) {
    throw new NitroCliFailure('E19', `Could not create output file: ${messageOf(cause)}`, { info: [path, 'Open'], within, cause })
  }
}

async function findImage (store: ImageStore, uri: string, err: (line: string) => void): Promise<Image> {
  try {
    const image = await store.get(uri)
    err('Using the locally available Docker image...')
    return image
  } catch (cause) {
    err('Docker error: PullError')
    throw new NitroCliFailure('E50', 'Failed to pull docker image: DockerError', { within, cause })
  }
}

async function createEif (store: ImageStore, image: Image, args: Arguments): Promise<{ file: Buffer, measurements: EifMeasurements }> {
  const { Env, Cmd, Entrypoint } = image.config
  // CMD alone is used when it is set, else ENTRYPOINT (enclave_build/src/docker.rs); USER and WORKDIR never.
  const command = Cmd ?? Entrypoint
  if (!command) throw new NitroCliFailure('E48', 'Failed to create EIF image: the image has neither CMD nor ENTRYPOINT', { within })
  const files = await Promise.all(image.rootfs.map(async ({ path, sha256 }) => ({ path, data: await store.getContent(sha256) })))
  const unsigned = enclaveImageSections({ command, environment: Env, files, metadata: metadataOf(image, args) })
  const measurements = measureEif({ sections: unsigned })
  const certificate = args.value('signing-certificate')
  const key = args.value('private-key')
  if (certificate === undefined || key === undefined) return { file: encodeEif({ flags: 0, sections: unsigned }), measurements }
  const sections = [...unsigned, { type: 'signature' as const, data: signatureOf(measurements.PCR0, certificate, key) }]
  return { file: encodeEif({ flags: 0, sections }), measurements: measureEif({ sections }) }
}

function signatureOf (pcr0: Buffer, certificate: string, key: string): Buffer {
  try {
    return createSignatureSection(pcr0, readFileSync(certificate), readFileSync(key))
  } catch (cause) {
    throw new NitroCliFailure('E48', `Failed to create EIF image: SignImageError(${messageOf(cause)})`, { within, cause })
  }
}

function metadataOf (image: Image, args: Arguments): EifMetadata {
  return {
    ImageName: args.value('name') ?? (args.value('docker-uri') ?? '').split(':')[0] ?? '',
    ImageVersion: args.value('version') ?? image.id.replace('sha256:', ''),
    BuildMetadata: {
      BuildTime: new Date().toISOString().replace('Z', '000000+00:00'),
      BuildTool: 'nitro-cli',
      BuildToolVersion: nitroCliVersion,
      OperatingSystem: 'Linux',
      KernelVersion: 'simulated',
    },
    DockerInfo: inspected(image),
    CustomMetadata: customMetadata(args.value('metadata')),
  }
}

function customMetadata (path: string | undefined): unknown {
  if (path === undefined) return null
  try {
    const metadata: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return metadata
  } catch (cause) {
    throw new NitroCliFailure('E48', `Failed to create EIF image: MetadataError(${messageOf(cause)})`, { within, cause })
  }
}
