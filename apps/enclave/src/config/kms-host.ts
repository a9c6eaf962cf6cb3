/** DNS suffix of each AWS partition whose KMS has a host name of its own (AWS General Reference, partitions). */
const suffixes: Readonly<Record<string, string>> = {
  aws: 'amazonaws.com',
  'aws-us-gov': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
}

/** The partition a region lies in, by the region's name. */
export function partitionOf (region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** The host name of KMS in a region: the one name its TLS certificate must carry. */
export function kmsHostOf (region: string): string {
  return `kms.${region}.${suffixes[partitionOf(region)]}`
}
