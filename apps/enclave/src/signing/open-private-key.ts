import { constants, createPublicKey, verify } from 'node:crypto'
import { EnclaveError, signingAlgorithmsOf } from '@enclave-signer/protocol'
import type { KeySpec, SigningAlgorithm } from '@enclave-signer/protocol'
import { digestOf } from './digest.ts'
import { openOpensslKey } from './openssl-key.ts'
import { isPublicKeyOf, readPkcs8 } from './pkcs8.ts'
import type { Pkcs8Key } from './pkcs8.ts'
import type { PrivateKey } from './private-key.ts'
import { openSecp256k1Key } from './secp256k1-key.ts'
import { sign } from './sign.ts'

/** FIPS 186-5 section 5.4: 2^16 \< e \< 2^256. With e = 1 anybody could sign. */
const minRsaExponent = 2n ** 16n
const maxRsaExponent = 2n ** 256n

const testMessage = Buffer.from('do the parts of this key belong together?')

/**
 * Opens a private key of a given key spec and makes one signature that must hold under its derived public key: so a key
 * whose parts do not belong together is refused before it signs for anybody.
 *
 * @param pkcs8 - PKCS#8 in DER; the caller erases it.
 * @throws EnclaveError `INVALID_KEY` when the bytes are no sound key of that spec.
 */
export async function openPrivateKey (pkcs8: Buffer, keySpec: KeySpec): Promise<PrivateKey> {
  const key = open(pkcs8, keySpec)
  try {
    if (await isSound(key)) return key
  } catch (cause) {
    key.erase()
    throw new EnclaveError('INVALID_KEY', `not a usable ${keySpec} key`, { cause })
  }
  key.erase()
  throw new EnclaveError('INVALID_KEY', `the parts of the ${keySpec} key do not belong together`)
}

function open (pkcs8: Buffer, keySpec: KeySpec): PrivateKey {
  const { keySpec: found, secret } = read(pkcs8)
  if (found !== keySpec) throw new EnclaveError('INVALID_KEY', `the key is of spec ${found}, not ${keySpec}`)
  try {
    return keySpec === 'ECC_SECG_P256K1' ? openSecp256k1Key(secret) : openOpensslKey(pkcs8, keySpec)
  } catch (cause) {
    throw new EnclaveError('INVALID_KEY', `not a usable ${keySpec} key`, { cause })
  }
}

function read (pkcs8: Buffer): Pkcs8Key {
  try {
    return readPkcs8(pkcs8)
  } catch (cause) {
    throw new EnclaveError('INVALID_KEY', looksLikePem(pkcs8) ? 'the key is PEM; PKCS#8 in DER is taken' : 'not a PKCS#8 private key in DER', { cause })
  }
}

function looksLikePem (bytes: Buffer): boolean {
  return bytes.subarray(0, 11).toString('latin1') === '-----BEGIN '
}

async function isSound (key: PrivateKey): Promise<boolean> {
  if (!isPublicKeyOf(key.keySpec, key.publicKey)) return false
  const publicKey = createPublicKey({ key: key.publicKey, format: 'der', type: 'spki' })
  const exponent = publicKey.asymmetricKeyDetails?.publicExponent
  if (exponent !== undefined && (exponent <= minRsaExponent || exponent >= maxRsaExponent)) return false
  const [signingAlgorithm] = signingAlgorithmsOf[key.keySpec]
  const { signature } = await sign(key, { message: testMessage, messageType: 'RAW', signingAlgorithm, signatureFormat: 'DER' })
  const hash = signingAlgorithm === 'ED25519_SHA_512' ? null : digestOf(signingAlgorithm).name
  return verify(hash, testMessage, { key: publicKey, ...paddingOf(signingAlgorithm) }, signature)
}

function paddingOf (algorithm: SigningAlgorithm): { padding?: number, saltLength?: number } {
  if (!algorithm.startsWith('RSASSA_PSS_')) return {}
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}
