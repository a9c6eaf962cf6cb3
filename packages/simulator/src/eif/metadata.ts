import { sectionsOf } from './eif.ts'
import type { Eif } from './eif.ts'

/** The metadata section: JSON with these names (aws-nitro-enclaves-image-format `EifIdentityInfo`). Not measured. */
export interface EifMetadata {
  readonly ImageName: string
  readonly ImageVersion: string
  readonly BuildMetadata: {
    /** RFC 3339 with nanoseconds. */
    readonly BuildTime: string
    readonly BuildTool: string
    readonly BuildToolVersion: string
    readonly OperatingSystem: string
    readonly KernelVersion: string
  }
  /** What `docker inspect` said of the image. */
  readonly DockerInfo: unknown
  /** The file given with `--metadata`, or null. */
  readonly CustomMetadata: unknown
}

/** The image's metadata, or undefined when it has none that can be read. */
export function metadataOf (eif: Pick<Eif, 'sections'>): EifMetadata | undefined {
  const [section] = sectionsOf(eif, 'metadata')
  if (!section) return undefined
  try {
    return JSON.parse(section.toString('utf8')) as EifMetadata
  } catch {
    return undefined
  }
}
