import { EnclaveError } from '@enclave-signer/protocol'
import type { KmsOperation } from '@enclave-signer/protocol'
import type { Log } from '../log.ts'
import type { Kms } from './kms.ts'

/** A KMS that learns how far the enclave's clock is off. */
export interface ClockedKms extends Kms {
  /** Milliseconds that are added to the enclave's clock to sign a call. */
  readonly clockOffsetMs: number
}

/**
 * A smaller change of the offset, in milliseconds, is the whole seconds of KMS's `Date` and the time on the way. AWS refuses what is
 * signed five minutes off (AWS General Reference, Signature Version 4).
 */
const noticeableMs = 60_000

/** The same KMS with a line in the log for each call that fails for KMS's or the way's sake, and for each correction of the clock. */
export function logKms (kms: ClockedKms, log: Log): Kms {
  let offsetMs = kms.clockOffsetMs
  const logged = async <T>(operation: KmsOperation, call: Promise<T>): Promise<T> => {
    try {
      return await call
    } catch (error) {
      if (error instanceof EnclaveError && error.code.startsWith('KMS_')) log({ level: 'warn', event: 'kms.failed', operation, code: error.code })
      throw error
    } finally {
      if (Math.abs(kms.clockOffsetMs - offsetMs) >= noticeableMs) {
        offsetMs = kms.clockOffsetMs
        log({ level: 'warn', event: 'kms.clock-corrected', offsetMs: Math.round(offsetMs) })
      }
    }
  }
  return {
    decrypt: async (ciphertextBlob, context) => await logged('Decrypt', kms.decrypt(ciphertextBlob, context)),
    generateDataKey: async context => await logged('GenerateDataKey', kms.generateDataKey(context)),
  }
}
