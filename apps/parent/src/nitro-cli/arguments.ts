/** How an enclave is started. */
export interface LaunchOptions {
  cpuCount: number
  memoryMib: number
  eifPath: string
  cid: number
  name: string
  /** Console readable by the parent; PCR0 to PCR2 attest as zeros. */
  debugMode: boolean
}

/** `docker image` → EIF. */
export function buildEnclaveArguments (image: string, eifPath: string): string[] {
  return ['build-enclave', '--docker-uri', image, '--output-file', eifPath]
}

/** Measurements of an EIF. */
export function describeEifArguments (eifPath: string): string[] {
  return ['describe-eif', '--eif-path', eifPath]
}

/** One enclave. */
export function runEnclaveArguments ({ cpuCount, memoryMib, eifPath, cid, name, debugMode }: LaunchOptions): string[] {
  return [
    'run-enclave',
    '--cpu-count', String(cpuCount),
    '--memory', String(memoryMib),
    '--eif-path', eifPath,
    '--enclave-cid', String(cid),
    '--enclave-name', name,
    ...debugMode ? ['--debug-mode'] : [],
  ]
}

/** Every enclave of this host. */
export function describeEnclavesArguments (): string[] {
  return ['describe-enclaves']
}

/** The end of one enclave, by its id: names need not be unique. */
export function terminateEnclaveArguments (enclaveId: string): string[] {
  return ['terminate-enclave', '--enclave-id', enclaveId]
}
