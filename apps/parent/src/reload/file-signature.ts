import { stat } from 'node:fs/promises'

/**
 * A text that is another one when a file was changed or replaced. Files are looked at rather than watched: so links are
 * followed, as those that Kubernetes replaces when a secret changes, and network file systems, which report nothing, are seen too.
 */
export async function signatureOf (files: readonly string[]): Promise<string> {
  const signatures = await Promise.all(files.map(async file => await stat(file, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(':'),
    () => 'missing'
  )))
  return signatures.join(' ')
}
