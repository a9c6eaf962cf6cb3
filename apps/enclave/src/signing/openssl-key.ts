import { EnclaveError } from '@enclave-signer/protocol'
import type { KeySpec } from '@enclave-signer/protocol'
import { createEcdsaSigner } from './ecdsa-signer.ts'
import { createEd25519Signer } from './ed25519-signer.ts'
import { addressCell, expectPointer, openssl, OpensslError } from './openssl.ts'
import type { OpensslSigner, Pointer } from './openssl.ts'
import type { PrivateKey } from './private-key.ts'
import { createRsaSigner } from './rsa-signer.ts'

type OpensslKeySpec = Exclude<KeySpec, 'ECC_SECG_P256K1'>

/**
 * A key in OpenSSL's own memory. OpenSSL counts its users, running signatures among them, and overwrites it when the last
 * is gone; signing is OpenSSL's constant-time, blinded code.
 *
 * @param pkcs8 - PKCS#8 DER of a key of that spec; the caller erases it.
 * @throws OpensslError when OpenSSL does not take the key.
 */
export function openOpensslKey (pkcs8: Buffer, keySpec: OpensslKeySpec): PrivateKey {
  const key = expectPointer(openssl.d2iAutoPrivateKey(null, addressCell(pkcs8), pkcs8.length), 'd2i_AutoPrivateKey')
  try {
    return asPrivateKey(key, keySpec)
  } catch (error) {
    openssl.freeKey(key)
    throw error
  }
}

function asPrivateKey (key: Pointer, keySpec: OpensslKeySpec): PrivateKey {
  const publicKey = publicKeyOf(key)
  const signer = createSigner(key, keySpec)
  let erased = false
  return {
    keySpec,
    publicKey,
    sign: input => {
      if (erased) throw new EnclaveError('KEY_NOT_LOADED', 'the key has been erased')
      return signer.sign(input)
    },
    erase: () => {
      if (erased) return
      erased = true
      signer.free?.()
      openssl.freeKey(key)
    },
  }
}

function createSigner (key: Pointer, keySpec: OpensslKeySpec): OpensslSigner {
  switch (keySpec) {
    case 'ECC_NIST_P256':
      return createEcdsaSigner(key, 'ECDSA_SHA_256')
    case 'ECC_NIST_P384':
      return createEcdsaSigner(key, 'ECDSA_SHA_384')
    case 'ECC_NIST_EDWARDS25519':
      return createEd25519Signer(key)
    default:
      return createRsaSigner(key)
  }
}

function publicKeyOf (key: Pointer): Buffer {
  const bytes = openssl.i2dPublicKey(key, null)
  if (bytes <= 0) throw new OpensslError('OpenSSL: i2d_PUBKEY failed')
  const spki = Buffer.alloc(bytes)
  openssl.i2dPublicKey(key, addressCell(spki))
  return spki
}
