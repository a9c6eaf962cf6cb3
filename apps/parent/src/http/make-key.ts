import type { KeyRecord, KeySpec, SealedKey } from '@enclave-signer/protocol'
import type { FastifyRequest } from 'fastify'

import { ParentError } from '../errors.ts'
import type { AuditFacts } from '../audit/audit.ts'
import type { RouteContext } from './context.ts'

/** What a new key must be. */
export interface WantedKey {
  keyId: string
  keySpec: KeySpec
}

/** Who wants it, how, and in which trace. */
export type KeyWish = Pick<AuditFacts, 'action' | 'caller' | 'requestId'> & WantedKey & Pick<FastifyRequest, 'trace'>

/**
 * Has a key made, records that, and stores it before anybody hears of it. Its id is kept meanwhile, so that of any number of requests for
 * it one reaches the enclave.
 *
 * @throws ParentError `KEY_EXISTS`, `ENCLAVE_ANSWER_UNEXPECTED`; what `make` throws.
 */
export async function makeKey (context: RouteContext, wish: KeyWish, make: () => Promise<SealedKey>): Promise<KeyRecord> {
  const { keys, metrics, log, audit } = context
  const { keyId, requestId, trace } = wish
  audit.check()
  try {
    keys.reserve(keyId)
  } catch (error) {
    await audit.refused(wish, error)
    throw error
  }
  try {
    const sealedKey = await make()
    const record = recordOf(sealedKey, wish)
    // The enclave has forgotten it already (decision 6): until it is stored, nobody has the key.
    await audit.done(wish, record)
    await keys.create(record, sealedKey)
    const { keySpec, origin } = record
    log.info({ keyId, keySpec, origin, requestId, traceId: trace?.traceId }, 'key stored')
    return record
  } catch (error) {
    await audit.refused(wish, error)
    throw error
  } finally {
    keys.release(keyId)
    metrics.keysStored(keys.records().length, keys.unreadable().length)
  }
}

function recordOf ({ record }: SealedKey, { keyId, keySpec }: WantedKey): KeyRecord {
  if (record.keyId !== keyId || record.keySpec !== keySpec || record.publicKey === undefined) {
    throw new ParentError('ENCLAVE_ANSWER_UNEXPECTED', `the enclave answered with another key than ${keyId} (${keySpec})`, { keyId })
  }
  return { ...record, publicKey: record.publicKey }
}
