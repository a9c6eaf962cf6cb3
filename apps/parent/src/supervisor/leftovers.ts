import type { NitroCli } from '../nitro-cli/nitro-cli.ts'
import type { DescribedEnclave } from '../nitro-cli/output.ts'

/** Every enclave of this service has a name that begins with this; others are never touched. */
export const enclaveNamePrefix = 'enclave-signer-'

/** Whether an enclave of this host is one of this service's. */
export function isOurs ({ name }: Pick<DescribedEnclave, 'name'>): boolean {
  return name?.startsWith(enclaveNamePrefix) === true
}

/** Ends every enclave of this service, whoever started it; the ids of those it ended. */
export async function terminateOurEnclaves (nitroCli: NitroCli, signal?: AbortSignal): Promise<string[]> {
  const ours = (await nitroCli.describeEnclaves(signal)).filter(isOurs)
  for (const { enclaveId } of ours) await nitroCli.terminateEnclave(enclaveId, signal)
  return ours.map(({ enclaveId }) => enclaveId)
}
