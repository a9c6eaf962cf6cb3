import { decode, encode } from 'cborg'
import { EnclaveError } from '@enclave-signer/protocol'
import { NsmError, nsmErrorNames } from './nsm-error.ts'
import type { AttestationRequest } from './nsm.ts'

/** What can be asked of the NSM, in the words of its API, and in the order of members its own library writes. */
export type NsmRequest =
  | { readonly type: 'GetRandom' }
  | { readonly type: 'DescribeNSM' }
  | { readonly type: 'DescribePCR', readonly index: number }
  | { readonly type: 'ExtendPCR', readonly index: number, readonly data: Uint8Array }
  | { readonly type: 'LockPCR', readonly index: number }
  | { readonly type: 'LockPCRs', readonly range: number }
  | { readonly type: 'Attestation' } & AttestationRequest

/** The CBOR of a request (serde's external tagging: a text, or a map of one name to its fields). */
export function encodeNsmRequest (request: NsmRequest): Buffer {
  return Buffer.from(encode(toWire(request), { mapSorter: () => 0 }))
}

function toWire (request: NsmRequest): unknown {
  switch (request.type) {
    case 'GetRandom':
    case 'DescribeNSM':
      return request.type
    case 'Attestation':
      return { Attestation: { user_data: request.userData ?? null, nonce: request.nonce ?? null, public_key: request.publicKey ?? null } }
    default: {
      const { type, ...fields } = request
      return { [type]: fields }
    }
  }
}

/** An answer of the NSM: its name and its fields, none where it answers with the bare name. */
export interface NsmAnswer {
  readonly type: string
  readonly fields: ReadonlyMap<string, unknown>
}

/**
 * Reads an answer of the NSM. Members may come in any order.
 *
 * @throws NsmError when it is one of the NSM's errors; EnclaveError `NSM_FAILED` when it is no answer at all.
 */
export function decodeNsmAnswer (bytes: Uint8Array): NsmAnswer {
  const answer = fromWire(decodeCbor(bytes))
  if (answer.type === 'Error') throw new NsmError(nsmErrorNames.find(name => name === answer.fields.get('')))
  return answer
}

function decodeCbor (bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { useMaps: true, rejectDuplicateMapKeys: true })
  } catch (cause) {
    throw new EnclaveError('NSM_FAILED', `the NSM's answer of ${bytes.length} bytes is not CBOR`, { cause })
  }
}

function fromWire (value: unknown): NsmAnswer {
  if (typeof value === 'string') return { type: value, fields: new Map() }
  if (value instanceof Map && value.size === 1) {
    const [[type, fields]] = [...value as Map<unknown, unknown>] as [[unknown, unknown]]
    if (typeof type === 'string') return { type, fields: fields instanceof Map ? fields as Map<string, unknown> : new Map([['', fields]]) }
  }
  throw new EnclaveError('NSM_FAILED', 'the NSM\'s answer has another shape than its API gives')
}
