import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeySpec } from '@enclave-signer/protocol'

/** How OpenSSL is told to make each kind of key. */
const recipes: Readonly<Record<KeySpec, readonly [type: 'ec' | 'ed25519' | 'rsa', options: object]>> = {
  ECC_SECG_P256K1: ['ec', { namedCurve: 'secp256k1' }],
  ECC_NIST_P256: ['ec', { namedCurve: 'P-256' }],
  ECC_NIST_P384: ['ec', { namedCurve: 'P-384' }],
  ECC_NIST_EDWARDS25519: ['ed25519', {}],
  RSA_2048: ['rsa', { modulusLength: 2048 }],
  RSA_3072: ['rsa', { modulusLength: 3072 }],
  RSA_4096: ['rsa', { modulusLength: 4096 }],
}

// With these encodings both keys come as buffers, and no KeyObject keeps a copy until it is collected.
const encodings = {
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  publicKeyEncoding: { format: 'der', type: 'spki' },
}

const generate = promisify(generateKeyPair) as unknown as (type: string, options: object) => Promise<{ privateKey: Buffer }>

/** A new private key in PKCS#8 DER, made by OpenSSL off the event loop; the caller erases it. */
export async function generatePrivateKey (keySpec: KeySpec): Promise<Buffer> {
  const [type, options] = recipes[keySpec]
  const { privateKey } = await generate(type, { ...options, ...encodings })
  return privateKey
}
