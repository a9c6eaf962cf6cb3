import { createHash } from 'node:crypto'

/** The settings that are measured because they are part of the image. */
export interface MeasuredSettings {
  region: string
  kmsKeyArn: string
  /** The vsock port of the parent instance that leads to KMS: the image's own bridge calls it. */
  kmsProxyPort: number
}

/**
 * The Dockerfile that gives an image the enclave's command and settings. nitro-cli uses `CMD` alone when it is set, and ignores
 * `WORKDIR` and `USER`; its init looks a program up in its own environment, not in the image's `PATH`: hence the absolute paths.
 */
export function derivedDockerfile (image: string, { region, kmsKeyArn, kmsProxyPort }: MeasuredSettings): string {
  return [
    `FROM ${image}`,
    `ENV AWS_REGION=${region} KMS_KEY_ARN=${kmsKeyArn} KMS_PROXY_PORT=${kmsProxyPort}`,
    'CMD ["/usr/local/bin/node", "/app/apps/enclave/src/main.ts"]',
    '',
  ].join('\n')
}

/** SHA-256 in hexadecimal over an image's id and the Dockerfile that derives from it: what an EIF is cached under. */
export function derivedDigest (imageId: string, dockerfile: string): string {
  return createHash('sha256').update(`${imageId}\n${dockerfile}`).digest('hex')
}

/** The name the derived image gets in docker. */
export function derivedTag (digest: string): string {
  return `enclave-signer-enclave:${digest.slice(0, 16)}`
}

/**
 * The name under which an image is pinned: `FROM` takes it, since BuildKit refuses an image's id there (moby/moby#39769), and it stays
 * with this very image when the image's own name moves on.
 */
export function baseTag (imageId: string): string {
  return `enclave-signer-base:${imageId.replace(/^sha256:/, '').slice(0, 16)}`
}
