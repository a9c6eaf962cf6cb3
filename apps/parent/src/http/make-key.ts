import type { KeyRecord, KeySpec, SealedKey } from '@enclave-signer/protocol'

import { ParentError } from '../errors.ts'
import type { RouteContext } from './context.ts'

/** What a new key must be. */
export interface WantedKey {
  keyId: string
  keySpec: KeySpec
}

/**
 * Has a key made and stores it before anybody hears of it. Its id is kept meanwhile, so that of any number of requests for it one
 * reaches the enclave.
 *
 * @throws ParentError `KEY_EXISTS`, `ENCLAVE_ANSWER_UNEXPECTED`; what `make` throws.
 */
export async function makeKey (context: RouteContext, wanted: WantedKey, make: () => Promise<SealedKey>): Promise<KeyRecord> {
  const { keys, metrics, log } = context
  const { keyId } = wanted
  keys.reserve(keyId)
  try {
    const sealedKey = await make()
    const record = recordOf(sealedKey, wanted)
    await keys.create(record, sealedKey)
    const { keySpec, origin } = record
    log.info({ keyId, keySpec, origin }, 'key stored')
    return record
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
