import { EnclaveError } from '@enclave-signer/protocol'
import type { KmsOperation } from '@enclave-signer/protocol'
import type { Log } from '../log.ts'
import type { KmsCalls } from './kms-calls.ts'
import type { Kms } from './kms.ts'

/** The same KMS with every call counted, and a line in the log for each that fails for KMS's or the way's sake. */
export function logKms (kms: Kms, log: Log, calls: KmsCalls): Kms {
  const logged = async <T>(operation: KmsOperation, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call
      calls.add(operation, 'ok')
      return answer
    } catch (error) {
      if (error instanceof EnclaveError && error.code.startsWith('KMS_')) {
        calls.add(operation, error.code)
        log({ level: 'warn', event: 'kms.failed', operation, code: error.code })
      }
      throw error
    }
  }
  return {
    decrypt: async (ciphertextBlob, context) => await logged('Decrypt', kms.decrypt(ciphertextBlob, context)),
    generateDataKey: async context => await logged('GenerateDataKey', kms.generateDataKey(context)),
  }
}
