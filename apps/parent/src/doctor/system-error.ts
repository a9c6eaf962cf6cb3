const sentences: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is no folder',
  EACCES: 'may not be accessed by this user',
  EPERM: 'may not be accessed from this container',
  EROFS: 'is on a read-only file system',
  EISDIR: 'is a folder',
  ENXIO: 'has no device behind it',
  ENODEV: 'has no device behind it',
  ECONNREFUSED: 'refuses connections',
}

/** The code of a system call's error, such as `ENOENT`; undefined for another error. */
export function systemErrorCode (error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What is wrong with a file, to be put after its path. */
export function systemErrorSentence (error: unknown): string {
  const code = systemErrorCode(error) ?? 'unknown error'
  return sentences[code] ?? `cannot be used (${code})`
}
