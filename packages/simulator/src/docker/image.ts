import { createHash } from 'node:crypto'

/** What of an image's configuration matters to an enclave. */
export interface ImageConfig {
  /** `NAME=value` items, each name once. */
  readonly Env: readonly string[]
  readonly Cmd: readonly string[] | null
  readonly Entrypoint: readonly string[] | null
}

/** One file of an image's root file system; its content lies in the store under its digest. */
export interface ImageFile {
  /** Absolute path in the image. */
  readonly path: string
  /** SHA-256 of the content, hex. */
  readonly sha256: string
}

/** A simulated image. */
export interface Image {
  /** `sha256:` and 64 hex digits, {@link imageId} of the rest. */
  readonly id: string
  readonly config: ImageConfig
  /** Sorted by path. */
  readonly rootfs: readonly ImageFile[]
}

/** An image's id: a digest of its content, so that the same content has the same id and any change another. */
export function imageId ({ config, rootfs }: Omit<Image, 'id'>): string {
  const { Env, Cmd, Entrypoint } = config
  const content = JSON.stringify([Env, Cmd, Entrypoint, rootfs.map(({ path, sha256 }) => [path, sha256])])
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** Sets one environment variable, in the place that it had or at the end. */
export function withEnvironmentItem (items: readonly string[], name: string, value: string): string[] {
  const item = `${name}=${value}`
  const index = items.findIndex((existing) => existing.startsWith(`${name}=`))
  return index === -1 ? [...items, item] : items.with(index, item)
}
