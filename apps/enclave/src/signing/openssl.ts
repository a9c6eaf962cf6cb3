import koffi from 'koffi'
import type { KoffiFunc } from 'koffi'
import type { Signature, SigningInput } from './private-key.ts'

/** An address in OpenSSL's memory. */
export type Pointer = bigint

/** Signs with one key of OpenSSL's. */
export interface OpensslSigner {
  sign (input: SigningInput): Signature | Promise<Signature>
  /** Gives up what it holds of OpenSSL's besides the key. */
  free? (): void
}

type Nullable = Pointer | null
type In = Uint8Array
type Out = Buffer

// Node's binary exports the OpenSSL it was built with: this is the same library node:crypto uses, and the only way to its
// EVP_PKEY_sign, which signs a ready-made digest with ECDSA and RSA-PSS as KMS does for `DIGEST`.
const node = koffi.load(null)
const declare = (definition: string): unknown => node.func(definition)

/** The functions of OpenSSL 3 that are called, as its manual pages declare them. */
export const openssl = {
  /** `void *` stands for every opaque type and for `unsigned char *`. The second argument holds an address. */
  d2iAutoPrivateKey: declare('void *d2i_AutoPrivateKey(void *key, void *address, long length)') as (key: null, address: In, length: number) => Nullable,
  i2dPublicKey: declare('int i2d_PUBKEY(void *key, void *address)') as (key: Pointer, address: In | null) => number,
  freeKey: declare('void EVP_PKEY_free(void *key)') as (key: Pointer) => void,
  newContext: declare('void *EVP_PKEY_CTX_new(void *key, void *engine)') as (key: Pointer, engine: null) => Nullable,
  freeContext: declare('void EVP_PKEY_CTX_free(void *context)') as (context: Pointer) => void,
  signInit: declare('int EVP_PKEY_sign_init(void *context)') as (context: Pointer) => number,
  setSignatureDigest: declare('int EVP_PKEY_CTX_set_signature_md(void *context, void *md)') as (context: Pointer, md: Pointer) => number,
  setRsaPadding: declare('int EVP_PKEY_CTX_set_rsa_padding(void *context, int padding)') as (context: Pointer, padding: number) => number,
  setPssSaltLength: declare('int EVP_PKEY_CTX_set_rsa_pss_saltlen(void *context, int bytes)') as (context: Pointer, bytes: number) => number,
  setMgf1Digest: declare('int EVP_PKEY_CTX_set_rsa_mgf1_md(void *context, void *md)') as (context: Pointer, md: Pointer) => number,
  sign: declare('int EVP_PKEY_sign(void *context, void *signature, void *signatureLength, void *digest, size_t digestLength)') as KoffiFunc<
    (context: Pointer, signature: Out, signatureLength: Out, digest: In, digestLength: number) => number>,
  newDigestContext: declare('void *EVP_MD_CTX_new()') as () => Nullable,
  freeDigestContext: declare('void EVP_MD_CTX_free(void *context)') as (context: Pointer) => void,
  digestSignInit: declare('int EVP_DigestSignInit(void *context, void *pctx, void *md, void *engine, void *key)') as
    (context: Pointer, pctx: null, md: null, engine: null, key: Pointer) => number,
  digestSign: declare('int EVP_DigestSign(void *context, void *signature, void *signatureLength, void *message, size_t length)') as
    (context: Pointer, signature: Out, signatureLength: Out, message: In, length: number) => number,
  digestByName: declare('void *EVP_get_digestbyname(const char *name)') as (name: string) => Nullable,
  clearErrors: declare('void ERR_clear_error()') as () => void,
}

/** OpenSSL refused something it never refuses a sound key. The message names the function. */
export class OpensslError extends Error {
  override readonly name = 'OpensslError'
}

/**
 * Holds an OpenSSL function to its word.
 *
 * @throws OpensslError when `result` is not 1; OpenSSL's error queue is emptied, or node:crypto would report its entries as its own.
 */
export function expectOne (result: number, functionName: string): void {
  if (result !== 1) throw failure(functionName)
}

/**
 * The pointer an OpenSSL function answered.
 *
 * @throws OpensslError when it is null.
 */
export function expectPointer (pointer: Nullable, functionName: string): Pointer {
  if (pointer === null) throw failure(functionName)
  return pointer
}

/** 8 bytes that hold a `size_t` of OpenSSL's for reading and writing. */
export function sizeCell (value: number): Buffer {
  const cell = Buffer.alloc(8)
  cell.writeBigUInt64LE(BigInt(value))
  return cell
}

/** The number in a {@link sizeCell}. */
export function sizeIn (cell: Buffer): number {
  return Number(cell.readBigUInt64LE())
}

/** 8 bytes that hold the address of `bytes`, which must be kept alive for as long. */
export function addressCell (bytes: Buffer): Buffer {
  const cell = Buffer.alloc(8)
  cell.writeBigUInt64LE(koffi.address(bytes))
  return cell
}

function failure (functionName: string): OpensslError {
  openssl.clearErrors()
  return new OpensslError(`OpenSSL: ${functionName} failed`)
}
