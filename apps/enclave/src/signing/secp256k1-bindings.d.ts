/** libsecp256k1 itself. The package's index falls back to `elliptic`, which is not constant time, when this cannot be loaded. */
declare module 'secp256k1/bindings.js' {
  const bindings: {
    /** Blinds the multiplications from now on; `seed` has 32 bytes. */
    contextRandomize (seed: Uint8Array): void
    /** Whether 32 bytes are a number from 1 to the order of the group less one. */
    privateKeyVerify (privateKey: Uint8Array): boolean
    /** The point as 65 bytes when not compressed. */
    publicKeyCreate (privateKey: Uint8Array, compressed: boolean): Uint8Array
    /** RFC 6979 nonce, low S; `signature` is r‖s, 64 bytes. */
    ecdsaSign (digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array, recid: number }
    /** DER of r‖s. */
    signatureExport (signature: Uint8Array): Uint8Array
  }
  export default bindings
}
