import { KmsError } from '../errors.ts'

/** A MalformedPolicyDocumentException that says what is wrong. */
export function malformedPolicy (fault: string, cause?: unknown): KmsError {
  return new KmsError('MalformedPolicyDocumentException', `Policy contains a fault: ${fault}`, { cause })
}

/** Reads a string or a list of strings, neither empty: the form that IAM gives most members. */
export function parseTexts (value: unknown, name: string): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (values.length === 0) throw malformedPolicy(`${name} is empty`)
  return values.map(item => {
    if (typeof item !== 'string' || item === '') throw malformedPolicy(`${name} is neither a string nor a list of strings`)
    return item
  })
}
