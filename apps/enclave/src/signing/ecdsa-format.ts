import { asn1Tags, readAsn1 } from '../asn1.ts'

/**
 * An ECDSA signature as r‖s (IEEE P1363), each number `numberBytes` long, from its DER form (RFC 3279 Ecdsa-Sig-Value).
 *
 * @throws Error when the bytes are no such signature.
 */
export function p1363FromDer (der: Buffer, numberBytes: number): Buffer {
  const { tag, children } = readAsn1(der, 'DER')
  if (tag !== asn1Tags.sequence || children.length !== 2) throw new Error('not an ECDSA signature')
  const signature = Buffer.alloc(2 * numberBytes)
  children.forEach(({ tag, content }, index) => {
    const number = content[0] === 0 ? content.subarray(1) : content
    if (tag !== asn1Tags.integer || number.length > numberBytes) throw new Error('not an ECDSA signature')
    number.copy(signature, (index + 1) * numberBytes - number.length)
  })
  return signature
}
