import { stat } from 'node:fs/promises'

/**
 * A text that is another one when a file was changed or replaced. Files are looked at rather than watched: so links are
 * followed, as those that Kubernetes replaces when a secret changes, and network file systems, which report nothing, are seen too.
 */
export async function signatureOf (files: readonly string[]): Promise<string> {
  const signatures: string[] = []
  // One after another: on a file system that does not answer, each would hold one of the process's few threads for files.
  for (const file of files) signatures.push(await signatureOfOne(file))
  return signatures.join(' ')
}

async function signatureOfOne (file: string): Promise<string> {
  return await stat(file, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(':'),
    () => 'missing'
  )
}
