import { KmsError } from '../errors.ts'
import { type CredentialScope, signatureAlgorithm } from './signature.ts'

/** An `Authorization` header of Signature Version 4, taken apart. */
export interface Authorization {
  readonly accessKeyId: string
  readonly scope: CredentialScope
  readonly signedHeaders: readonly string[]
  /** As it was sent; not yet known to be hex. */
  readonly signature: string
}

/**
 * Takes an `Authorization` header apart. Its values never appear in a message.
 *
 * @throws KmsError MissingAuthenticationTokenException without a header; IncompleteSignatureException where a part is missing or misshapen
 */
export function parseAuthorization (header: string | undefined): Authorization {
  if (header === undefined || header === '') throw new KmsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const [algorithm, rest] = splitOnce(header, ' ')
  if (algorithm !== signatureAlgorithm) throw incomplete(`Unsupported AWS 'algorithm', only ${signatureAlgorithm} is accepted.`)
  const parameters = new Map(rest.split(',').map(part => splitOnce(part.trim(), '=')))
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter(name => !parameters.get(name))
  if (missing.length > 0) throw incomplete(missing.map(name => `Authorization header requires '${name}' parameter.`).join(' '))
  return {
    ...parseCredential(parameters.get('Credential') ?? ''),
    signedHeaders: (parameters.get('SignedHeaders') ?? '').split(';'),
    signature: parameters.get('Signature') ?? '',
  }
}

function parseCredential (credential: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const parts = credential.split('/')
  const [accessKeyId = '', date = '', region = '', service = '', terminator] = parts
  if (parts.length !== 5 || terminator !== 'aws4_request') {
    throw incomplete('Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.')
  }
  return { accessKeyId, scope: { date, region, service } }
}

function splitOnce (text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

function incomplete (message: string): KmsError {
  return new KmsError('IncompleteSignatureException', message)
}
