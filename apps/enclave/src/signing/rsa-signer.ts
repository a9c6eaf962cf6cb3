import { availableParallelism } from 'node:os'
import type { SigningAlgorithm } from '@enclave-signer/protocol'
import { Turns } from '../turns.ts'
import { digestOf } from './digest.ts'
import { expectOne, expectPointer, openssl, sizeCell, sizeIn } from './openssl.ts'
import type { OpensslSigner, Pointer } from './openssl.ts'
import type { SigningInput } from './private-key.ts'

/** `RSA_PKCS1_PADDING`, `RSA_PKCS1_PSS_PADDING`, `RSA_PSS_SALTLEN_DIGEST` (openssl/rsa.h). */
const pkcs1Padding = 1
const pssPadding = 6
const saltLengthOfDigest = -1
/** Longest signature, in bytes: RSA_4096. */
const maxSignatureBytes = 512

/** As many RSA signatures run as there are processors; others wait, each with a context of a few kilobytes. */
const turns = new Turns({ parallel: availableParallelism(), maxWaiting: 1024 })

/**
 * Signs digests with an RSA key off the event loop. Every signature has a context of its own, made when it is asked for:
 * the context counts as a user of the key, so the key's memory outlives its erasure until the signature is done.
 */
export function createRsaSigner (key: Pointer): OpensslSigner {
  return {
    sign: async input => {
      const context = expectPointer(openssl.newContext(key, null), 'EVP_PKEY_CTX_new')
      try {
        prepare(context, input.algorithm)
        return { signature: await turns.run(async () => await signDigest(context, input), input.expiresMs) }
      } finally {
        openssl.freeContext(context)
      }
    },
  }
}

/** As KMS: PSS with MGF1 over the same hash and a salt as long as the digest. */
function prepare (context: Pointer, algorithm: SigningAlgorithm): void {
  const { md } = digestOf(algorithm)
  const pss = algorithm.startsWith('RSASSA_PSS_')
  expectOne(openssl.signInit(context), 'EVP_PKEY_sign_init')
  expectOne(openssl.setRsaPadding(context, pss ? pssPadding : pkcs1Padding), 'EVP_PKEY_CTX_set_rsa_padding')
  expectOne(openssl.setSignatureDigest(context, md), 'EVP_PKEY_CTX_set_signature_md')
  if (!pss) return
  expectOne(openssl.setMgf1Digest(context, md), 'EVP_PKEY_CTX_set_rsa_mgf1_md')
  expectOne(openssl.setPssSaltLength(context, saltLengthOfDigest), 'EVP_PKEY_CTX_set_rsa_pss_saltlen')
}

async function signDigest (context: Pointer, { bytes }: SigningInput): Promise<Buffer> {
  const signature = Buffer.alloc(maxSignatureBytes)
  const length = sizeCell(signature.length)
  const result = await new Promise<number>((resolve, reject) => {
    openssl.sign.async(context, signature, length, bytes, bytes.length, (error: unknown, result: number) => {
      if (error === null) resolve(result)
      else reject(error instanceof Error ? error : new Error('koffi: a call failed'))
    })
  })
  expectOne(result, 'EVP_PKEY_sign')
  return signature.subarray(0, sizeIn(length))
}
