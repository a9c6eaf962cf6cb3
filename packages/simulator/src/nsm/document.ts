import { sign } from 'node:crypto'

import { encode } from 'cborg'

import type { Identity } from './identity.ts'

/** The fields of an attestation document that are not the chain's. */
export interface DocumentFields {
  readonly moduleId: string
  /** Unix milliseconds. */
  readonly timestamp: number
  readonly pcrs: ReadonlyMap<number, Buffer>
  readonly publicKey: Uint8Array | null
  readonly userData: Uint8Array | null
  readonly nonce: Uint8Array | null
}

/** `{1: -35}`: ES384 (RFC 9053 section 2.1). */
const protectedHeader = Buffer.from('a1013822', 'hex')

/**
 * An attestation document as the Nitro Hypervisor makes it (nsm-api docs/attestation_process.md): an untagged COSE_Sign1 whose payload is a
 * definite map with its keys in this order.
 *
 * @param chain - Root first, leaf last; the leaf signs.
 */
export function encodeDocument (fields: DocumentFields, chain: readonly Identity[]): Buffer {
  const leaf = chain.at(-1)
  if (!leaf) throw new TypeError('a chain has at least one certificate')
  const payload = encode(new Map<string, unknown>([
    ['module_id', fields.moduleId],
    ['digest', 'SHA384'],
    ['timestamp', fields.timestamp],
    ['pcrs', fields.pcrs],
    ['certificate', leaf.certificate],
    ['cabundle', chain.slice(0, -1).map((identity) => identity.certificate)],
    ['public_key', fields.publicKey],
    ['user_data', fields.userData],
    ['nonce', fields.nonce],
  ]), { mapSorter: () => 0 })
  const toBeSigned = encode(['Signature1', protectedHeader, new Uint8Array(), payload])
  const signature = sign('sha384', toBeSigned, { key: leaf.privateKey, dsaEncoding: 'ieee-p1363' })
  return Buffer.from(encode([protectedHeader, new Map(), payload, signature]))
}
