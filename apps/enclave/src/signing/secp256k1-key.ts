import secp256k1 from 'secp256k1/bindings.js'
import { EnclaveError } from '@enclave-signer/protocol'
import { erase, ownBytes } from '../bytes.ts'
import type { PrivateKey, Signature } from './private-key.ts'

/** SubjectPublicKeyInfo of a secp256k1 key up to its uncompressed point (RFC 5480, SEC 2). */
const spkiPrefix = Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex')

/**
 * Blinds libsecp256k1's secret-dependent arithmetic, for the whole process. It changes no signature.
 *
 * @param seed - 32 random bytes.
 */
export function blindSecp256k1 (seed: Uint8Array): void {
  secp256k1.contextRandomize(seed)
}

/**
 * A secp256k1 key in libsecp256k1: constant time, RFC 6979 nonces, low S.
 *
 * @param scalar - 32 bytes, copied; the caller erases its own.
 * @throws Error when the number is not from 1 to the group's order less one.
 */
export function openSecp256k1Key (scalar: Uint8Array): PrivateKey {
  if (!secp256k1.privateKeyVerify(scalar)) throw new Error('a private key outside the group')
  const privateKey = ownBytes(scalar)
  let erased = false
  return {
    keySpec: 'ECC_SECG_P256K1',
    publicKey: Buffer.concat([spkiPrefix, secp256k1.publicKeyCreate(privateKey, false)]),
    sign: ({ bytes, format }): Signature => {
      if (erased) throw new EnclaveError('KEY_NOT_LOADED', 'the key has been erased')
      const { signature, recid } = secp256k1.ecdsaSign(bytes, privateKey)
      return { signature: asBuffer(format === 'DER' ? secp256k1.signatureExport(signature) : signature), recoveryId: recid === 0 ? 0 : 1 }
    },
    erase: () => {
      erased = true
      erase(privateKey)
    },
  }
}

function asBuffer (bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
