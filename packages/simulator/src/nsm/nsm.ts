import { randomBytes } from 'node:crypto'

import type { Nsm } from '@enclave-signer/enclave'

import { SimulatorError } from '../errors.ts'
import { createChain } from './chain.ts'
import { encodeDocument } from './document.ts'
import { readNsmRoot } from './root.ts'

/** Most bytes of each field of a request (QEMU hw/virtio/virtio-nsm.c; the nsm-api text says the same). */
const fieldLimits = { userData: 512, nonce: 512, publicKey: 1024 } as const

/** Bytes that one GetRandom answers (QEMU virtio-nsm; the hardware's count is not published). */
const randomAnswerBytes = 256

/** What makes one enclave's NSM. */
export interface SimulatedNsmOptions {
  /** The folder with the root, as {@link ensureNsmRoot} leaves it. */
  readonly directory: string
  /** 48 bytes each: PCR0 to PCR15 as {@link bootPcrs} gives them, or all that are locked as {@link createRegisters} has them. */
  readonly pcrs: ReadonlyMap<number, Buffer>
  /** `<instance id>-enc<16 hex digits>`. */
  readonly moduleId: string
  /** Named in the certificates. Default `us-east-1`. */
  readonly region?: string
  /** Unix milliseconds. Default the system's clock. */
  readonly now?: () => number
}

/**
 * A Nitro Secure Module that signs real attestation documents under the simulated root.
 *
 * `attest` throws SimulatorError `NSM_REFUSED` with `nsmError: 'InputTooLarge'` for a field beyond its limit.
 *
 * @throws SimulatorError `STATE_FILE_UNREADABLE` when the folder has no root.
 */
export function createSimulatedNsm ({ directory, pcrs, moduleId, region = 'us-east-1', now = Date.now }: SimulatedNsmOptions): Nsm {
  const chain = createChain(readNsmRoot(directory), { moduleId, region })
  return {
    attest (request) {
      for (const [field, limit] of Object.entries(fieldLimits)) refuseTooLarge(field, request[field as keyof typeof fieldLimits], limit)
      const timestamp = now()
      const { publicKey = null, userData = null, nonce = null } = request
      return encodeDocument({ moduleId, timestamp, pcrs, publicKey, userData, nonce }, chain.current(timestamp))
    },
    random: () => randomBytes(randomAnswerBytes),
  }
}

function refuseTooLarge (field: string, value: Uint8Array | undefined, limit: number): void {
  if (value === undefined || value.length <= limit) return
  const facts = { subject: field, nsmError: 'InputTooLarge', actual: value.length, limit }
  throw new SimulatorError('NSM_REFUSED', `InputTooLarge: ${field} has ${value.length} bytes, ${limit} are allowed`, { facts })
}
