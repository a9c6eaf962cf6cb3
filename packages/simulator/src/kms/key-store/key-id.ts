import { KmsError } from '../errors.ts'
import type { KeyStore, KmsKey } from './key-store.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Finds the key that a request's KeyId names: a key id or a key ARN of this account and region. There are no aliases.
 *
 * @param arnPrefix - `arn:aws:kms:<region>:<account>`
 * @throws KmsError NotFoundException, in AWS's wordings
 */
export function findKey (keys: KeyStore, arnPrefix: string, keyIdOrArn: string): KmsKey {
  const isArn = keyIdOrArn.startsWith('arn:')
  if (isArn && !keyIdOrArn.startsWith(`${arnPrefix}:`)) throw notFound(`Invalid arn ${keyIdOrArn}`)
  const name = isArn ? keyIdOrArn.slice(arnPrefix.length + 1) : keyIdOrArn
  if (name.startsWith('alias/')) throw notFound(`Alias ${arnPrefix}:${name} is not found.`)
  const keyId = isArn ? name.replace(/^key\//, '') : name
  if (!uuid.test(keyId) || (isArn && !name.startsWith('key/'))) throw notFound(`Invalid keyId '${keyIdOrArn}'`)
  const key = keys.find(keyId)
  if (key === undefined) throw notFound(`Key '${arnPrefix}:key/${keyId}' does not exist`)
  return key
}

function notFound (message: string): KmsError {
  return new KmsError('NotFoundException', message)
}
