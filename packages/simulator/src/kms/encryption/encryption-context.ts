/** Additional authenticated data of a symmetric KMS call: name to value, both case-sensitive; order has no meaning. */
export type EncryptionContext = ReadonlyMap<string, string>

/**
 * One byte string for one encryption context, whatever the order of its pairs: JSON of the pairs sorted by UTF-16 code unit. JSON's quoting
 * keeps names and values apart.
 */
export function canonicalEncryptionContext (context: EncryptionContext): string {
  return JSON.stringify([...context].sort(([left], [right]) => left < right ? -1 : 1))
}
