/** Whether the same call can succeed later by itself (`transient`), and what a person can do. */
export interface ErrorPolicy {
  readonly retry: 'transient' | 'permanent'
  /** Empty where nitro-cli's own sentence is all there is. */
  readonly advice: string
}

const device = 'nitro-cli needs /dev/nitro_enclaves (rw) and /dev/vsock in the parent\'s container, /sys/module/nitro_enclaves/parameters/ne_cpus readable, ' +
  'and an instance started with enclaves enabled'
const image = 'the EIF is not one that this host can boot: remove it from DATA_DIR/eif, or build ENCLAVE_EIF_PATH anew'
const artifacts = 'install aws-nitro-enclaves-cli-devel, or set NITRO_CLI_ARTIFACTS and NITRO_CLI_BLOBS'
const inside = 'docker of this host refused; its own words are in the error log that nitro-cli names'
const signing = 'check the signing certificate of the EIF, its expiry above all'

const transient = (advice = ''): ErrorPolicy => ({ retry: 'transient', advice })
const permanent = (advice = ''): ErrorPolicy => ({ retry: 'permanent', advice })

/**
 * Every error code of nitro-cli 1.5 (src/common/document_errors.rs): E00 to E60. Permanent is what depends on the arguments, the image, the
 * host's configuration or its devices alone; transient is what depends on other processes: a boot that lost its heartbeat port (E36), an
 * enclave process that is just ending (E11, E29, E39), hugepages and CPUs that another enclave still holds (E27, E29, E31, E32, E35).
 * E27 is permanent too where the allocator could never give as much; that takes the allocator's file to tell (see `launch-advice.ts`).
 */
export const errorTable: Readonly<Record<string, ErrorPolicy>> = {
  E00: transient(),
  E01: permanent(),
  E02: permanent(),
  E03: permanent('check ENCLAVE_CID, ENCLAVE_CPU_COUNT and ENCLAVE_MEMORY_MIB'),
  E04: transient(),
  E05: transient(),
  E06: transient(),
  E07: transient(),
  E08: transient(),
  E09: transient(),
  E10: transient(),
  E11: transient(),
  E12: transient(),
  E13: transient(),
  E14: permanent(),
  E15: transient(),
  E16: transient(),
  E17: transient(),
  E18: permanent('give the parent\'s user the log folder of nitro-cli, or set NITRO_CLI_LOGS_PATH'),
  E19: permanent(device),
  E20: permanent(),
  E21: permanent('add the CPU to cpu_pool'),
  E22: permanent('raise cpu_count or lower ENCLAVE_CPU_COUNT'),
  E23: permanent(),
  E24: permanent(),
  E25: permanent(),
  E26: permanent('raise ENCLAVE_MEMORY_MIB'),
  E27: transient('raise memory_mib, lower ENCLAVE_MEMORY_MIB, or wait for another enclave to end'),
  E28: transient(),
  E29: transient('another enclave may still hold the CID, the CPUs or the last of four places'),
  E30: transient(),
  E31: transient(),
  E32: transient(),
  E33: transient(),
  E34: permanent(image),
  E35: transient('the hugepages may be taken: lower ENCLAVE_MEMORY_MIB or raise memory_mib'),
  E36: transient('the enclave did not boot: two booting at once, or a program that ends at once; ENCLAVE_DEBUG_MODE=true lets its console be read'),
  E37: transient(),
  E38: transient(),
  E39: transient(),
  E40: transient(),
  E41: transient(),
  E42: transient(),
  E43: transient(),
  E44: transient(),
  E45: transient(),
  E46: transient(),
  E47: transient(),
  E48: transient(inside),
  E49: transient(inside),
  E50: transient(inside),
  E51: permanent(artifacts),
  E52: permanent(artifacts),
  E53: transient(),
  E54: transient(),
  E55: transient(),
  E56: transient(),
  E57: transient(),
  E58: permanent('check ENCLAVE_NAME'),
  E59: permanent(signing),
  E60: permanent(signing),
  NOT_FOUND: permanent('install aws-nitro-enclaves-cli in the parent\'s container or set NITRO_CLI_PATH'),
  DISK_FULL: transient('free space in DATA_DIR and where docker keeps its images'),
  TIMED_OUT: transient(),
  ABORTED: transient(),
  KILLED: transient(),
  UNEXPLAINED: transient(),
  INVALID_OUTPUT: transient('this version of nitro-cli prints another shape than 1.x'),
}

/** The policy of a code; a code that is not known, of a later nitro-cli, is tried again. */
export function errorPolicyOf (code: string): ErrorPolicy {
  return errorTable[code] ?? transient()
}
