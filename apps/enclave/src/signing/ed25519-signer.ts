import { expectOne, expectPointer, openssl, sizeCell } from './openssl.ts'
import type { OpensslSigner, Pointer } from './openssl.ts'

const signatureBytes = 64

/** Signs messages, not digests, with an Ed25519 key at once (RFC 8032, pure EdDSA; EVP_SIGNATURE-ED25519(7)). */
export function createEd25519Signer (key: Pointer): OpensslSigner {
  return {
    sign: ({ bytes }) => {
      const context = expectPointer(openssl.newDigestContext(), 'EVP_MD_CTX_new')
      try {
        return { signature: signMessage(context, key, bytes) }
      } finally {
        openssl.freeDigestContext(context)
      }
    },
  }
}

function signMessage (context: Pointer, key: Pointer, message: Buffer): Buffer {
  expectOne(openssl.digestSignInit(context, null, null, null, key), 'EVP_DigestSignInit')
  const signature = Buffer.alloc(signatureBytes)
  expectOne(openssl.digestSign(context, signature, sizeCell(signatureBytes), message, message.length), 'EVP_DigestSign')
  return signature
}
