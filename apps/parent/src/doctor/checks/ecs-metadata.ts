import { createEcsMetadata } from '../../ecs/metadata.ts'
import { messageOf } from '../../errors.ts'
import type { Check } from '../check.ts'
import { failed, notNeeded, ok, warning } from '../finding.ts'

const advice = 'run the service as an ECS task on EC2 (agent 1.39 or later), or set ENCLAVE_IMAGE or ENCLAVE_EIF_PATH'

/** The ECS container metadata endpoint, from which the service learns its own image. */
export const ecsMetadataCheck: Check = {
  name: 'ecs-metadata',
  run: async ({ settings: { metadataUris, eifPath, imageGiven } }, signal) => {
    const needed = eifPath === undefined && !imageGiven
    if (metadataUris.length === 0) {
      return needed
        ? failed('there is no endpoint (ECS_CONTAINER_METADATA_URI_V4), and no image is given', advice)
        : notNeeded(`${eifPath === undefined ? 'ENCLAVE_IMAGE' : 'ENCLAVE_EIF_PATH'} is set`)
    }
    try {
      const { image, imageId } = await createEcsMetadata(metadataUris).container(signal)
      return ok(`this container's image is ${image}`, { image, imageId })
    } catch (error) {
      return needed ? failed(messageOf(error), advice) : warning(messageOf(error), 'not needed while an image is given; look at the ECS agent')
    }
  },
}
