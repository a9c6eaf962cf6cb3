/** vsock-proxy's command line: the parent's vsock port to KMS of the region. TLS runs through it, from inside the enclave to KMS. */
export function vsockProxyArguments (kmsProxyPort: number, region: string): string[] {
  return [String(kmsProxyPort), kmsHostOf(region), '443']
}

/** The name of KMS in a region, the one that the enclave asks KMS's certificate for: China's regions have a domain of their own. */
export function kmsHostOf (region: string): string {
  return `kms.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}
