/** An image id as docker prints it: `sha256:` and 64 hexadecimal digits. Undefined for anything else. */
export function readImageId (stdout: string): string | undefined {
  return /^sha256:[0-9a-f]{64}$/.exec(stdout.trim())?.[0]
}
