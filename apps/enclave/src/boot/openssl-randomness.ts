import koffi from 'koffi'
import { OpensslError } from '../signing/openssl.ts'

const node = koffi.load(null)
const seed = node.func('void RAND_seed(const void *bytes, int length)') as (bytes: Uint8Array, length: number) => void
const status = node.func('int RAND_status()') as () => number

/**
 * Seeds the generator of Node's OpenSSL anew, from the kernel's and with these bytes besides. Node seeded it when it started, before the
 * kernel had anything of the NSM's; the generators of its threads hang on this one and follow it at their next use (EVP_RAND(7)).
 *
 * @throws OpensslError when the generator could not be seeded.
 */
export function seedOpenssl (random: Uint8Array): void {
  seed(random, random.length)
  if (status() !== 1) throw new OpensslError('OpenSSL: RAND_status failed')
}
