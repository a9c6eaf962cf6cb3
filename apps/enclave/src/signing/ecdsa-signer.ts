import { digestBytesOf } from '@enclave-signer/protocol'
import { digestOf } from './digest.ts'
import { p1363FromDer } from './ecdsa-format.ts'
import { expectOne, expectPointer, openssl, sizeCell, sizeIn } from './openssl.ts'
import type { OpensslSigner, Pointer } from './openssl.ts'

/** Longest ECDSA signature here, in bytes: P-384 in DER takes at most 104. */
const maxSignatureBytes = 128

/** Signs digests with a P-256 or P-384 key at once; one context serves every signature (EVP_PKEY_sign(3)). */
export function createEcdsaSigner (key: Pointer, algorithm: 'ECDSA_SHA_256' | 'ECDSA_SHA_384'): OpensslSigner {
  const context = expectPointer(openssl.newContext(key, null), 'EVP_PKEY_CTX_new')
  expectOne(openssl.signInit(context), 'EVP_PKEY_sign_init')
  expectOne(openssl.setSignatureDigest(context, digestOf(algorithm).md), 'EVP_PKEY_CTX_set_signature_md')
  // A number of the group is as long as the digest on both curves.
  const numberBytes = digestBytesOf(algorithm)
  return {
    sign: ({ bytes, format }) => {
      const der = signDigest(context, bytes)
      return { signature: format === 'DER' ? der : p1363FromDer(der, numberBytes) }
    },
    free: () => { openssl.freeContext(context) },
  }
}

function signDigest (context: Pointer, digest: Buffer): Buffer {
  const signature = Buffer.alloc(maxSignatureBytes)
  const length = sizeCell(signature.length)
  expectOne(openssl.sign(context, signature, length, digest, digest.length), 'EVP_PKEY_sign')
  return signature.subarray(0, sizeIn(length))
}
