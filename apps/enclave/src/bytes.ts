/** Overwrites secret bytes with zeros. What the runtime copied elsewhere by itself stays out of reach. */
export function erase (...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0)
}

/** The bytes behind `base64`, in memory of their own (never Node's shared pool), so that they can be erased. */
export function ownBytes (bytes: Uint8Array): Buffer {
  const own = Buffer.alloc(bytes.length)
  own.set(bytes)
  return own
}
