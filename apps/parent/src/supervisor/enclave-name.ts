import type { DescribedEnclave } from '../nitro-cli/output.ts'

/** The name of the n-th enclave of a parent: its `ENCLAVE_NAME` and n. */
export function enclaveNameOf (parentName: string, index: number): string {
  return `${parentName}-${index}`
}

/**
 * Whether an enclave of this host belongs to the parent of that name: `<name>-<n>`, or what nitro-cli makes of such a name when it is
 * taken, `<name>-<n>_<m>`. Nothing longer or shorter: with `signer`, the enclaves of a parent named `signer-b` are another's.
 */
export function isOwnEnclave ({ name }: Pick<DescribedEnclave, 'name'>, parentName: string): boolean {
  return name?.startsWith(`${parentName}-`) === true && /^\d+(?:_\d+)?$/.test(name.slice(parentName.length + 1))
}
