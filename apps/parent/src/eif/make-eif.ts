import { join } from 'node:path'

import type { Measurements } from '@enclave-signer/attestation'

import type { ParentConfig } from '../config/config.ts'
import { createDocker } from '../docker/docker.ts'
import { createEcsMetadata } from '../ecs/metadata.ts'
import { createEifCache } from '../image/eif-cache.ts'
import { measureImage, obtainImage } from '../image/enclave-image.ts'
import { createNitroCli } from '../nitro-cli/nitro-cli.ts'

/** An EIF as the service would start it. Names are those of `/enclave/status`. */
export interface MadeEif {
  /** Null for a given EIF. */
  image: string | null
  imageId: string | null
  eifPath: string
  /** PCR0, 1 and 2, and 8 where it is signed; lower-case hexadecimal. */
  measurements: Measurements
}

/**
 * Makes and measures the EIF that a service with this configuration runs, by the service's own steps, so that PCR0 is the one its enclave
 * attests. Starts nothing. `say` is told of each step.
 *
 * @throws ParentError and NitroCliError, as `obtainImage` and `measureImage` do.
 */
export async function makeEif (config: ParentConfig, say: (line: string) => void, signal: AbortSignal): Promise<MadeEif> {
  const { region, kmsKeyArn, kmsProxyPort, executables, image: source, enclave: { expectedPcr0 } } = config
  const tools = {
    nitroCli: createNitroCli(executables.nitroCli),
    docker: createDocker(executables.docker),
    metadata: createEcsMetadata(source.from === 'ecs' ? source.metadataUris : []),
    cache: createEifCache(join(config.dataDir, 'eif')),
    settings: { region, kmsKeyArn, kmsProxyPort },
    expectedPcr0,
    progress: { step: say },
  }
  const image = await obtainImage(source, tools, signal)
  const { name, imageId, eifPath, measurements } = await measureImage(image, tools, signal)
  return { image: name ?? null, imageId: imageId ?? null, eifPath, measurements }
}
