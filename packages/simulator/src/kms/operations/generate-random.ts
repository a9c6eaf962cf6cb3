import { randomBytes } from 'node:crypto'
import { authorizeByAccount } from '../key-policy/authorize.ts'
import { KmsError } from '../errors.ts'
import { readRecipient, secretMembers } from '../recipient/recipient.ts'
import type { Operation } from '../service.ts'

/** GenerateRandom: uses no key, so no key policy is asked. */
export const generateRandom: Operation = (service, call) => {
  const { request } = call
  const size = request.integer('NumberOfBytes', { minimum: 1, maximum: 1024 })
  if (size === undefined) throw new KmsError('ValidationException', 'NumberOfBytes is required.')
  const recipient = readRecipient(request, service)
  authorizeByAccount(service, call, 'GenerateRandom')
  return secretMembers(randomBytes(size), recipient)
}
