/** A policy document of anybody's making: as much of its shape as comparing needs. */
export interface GivenPolicy {
  readonly version: unknown
  readonly statements: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Reads a policy as `aws kms get-key-policy` prints it, whatever its `--output` and `--query`: the document, the document with the policy's
 * name behind it, or an answer with the document as the text of `Policy`. Undefined where there is none in it.
 */
export function readGivenPolicy (text: string): GivenPolicy | undefined {
  // `--output text` without `--query Policy` adds a tab and the policy's name.
  const value = parseObject(text.replace(/\t\w+\s*$/, ''))
  const document = typeof value?.Policy === 'string' ? parseObject(value.Policy) : value
  if (document === undefined) return undefined
  const statements = [document.Statement].flat()
  return statements.length > 0 && statements.every(isObject) ? { version: document.Version, statements } : undefined
}

/** A JSON object: not an array, not null. */
export function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseObject (text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
