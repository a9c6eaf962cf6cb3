import type { Image } from './image.ts'

/** What `docker image inspect` says of an image, and nitro-cli keeps as `DockerInfo`. */
export function inspected ({ id, config, rootfs }: Image): Record<string, unknown> {
  return {
    Id: id,
    RepoTags: [],
    RepoDigests: [],
    Config: { ...config },
    Architecture: 'amd64',
    Os: 'linux',
    RootFS: { Type: 'layers', Layers: rootfs.map(({ sha256 }) => `sha256:${sha256}`) },
  }
}
