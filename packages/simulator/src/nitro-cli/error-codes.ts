/**
 * What each error code of nitro-cli says (src/common/document_errors.rs, version 1.5). The texts are the tool's interface: `{}` stands for
 * one additional fact. Only the codes that the simulated host gives are here. The exit status is the number in the code.
 */
export const errorTexts = {
  E01: 'Missing mandatory argument. User did not provide the `{}` argument.',
  E02: 'Conflicting arguments. User provided both `{}` and `{}`.',
  E03: 'Invalid argument provided. The parameter `{}` is not a valid integer (`{}`)',
  E11: 'Socket error. This is used as an error for catching any other socket operation errors not covered by previous custom errors.',
  E17: 'Serde error. Such error appears when serializing / deserializing a command or response fails.',
  E19: 'File operation failure. Such error appears when the system fails to perform the requested file operations, such as opening the EIF file when launching an enclave, or seeking to a specific offset in the EIF file, or writing to the log file.',
  E20: 'Invalid CPU configuration. User provided `{}` contains same CPU(s) (CPU(s) {}) multiple times.',
  E21: "No such CPU available in the pool. User provided `{}` contains CPU {}, which is not available in the pool.\nYou can add a specific CPU to the CPU pool by editing the `cpu_pool` value from '/etc/nitro_enclaves/allocator.yaml' and then enable the nitro-enclaves-allocator.service.",
  E22: "Insufficient CPUs available in the pool. User provided `{}` is {}, which is more than the configured CPU pool size.\nYou can increase the CPU pool size by editing the `cpu_count` value from '/etc/nitro_enclaves/allocator.yaml' and then enable the nitro-enclaves-allocator.service.",
  E26: 'Insufficient memory requested. User provided `{}` is {} MB, but based on the EIF file size, the minimum memory should be {} MB',
  E27: "Insufficient memory available. User provided `{}` is {} MB, which is more than the available hugepage memory.\nYou can increase the available memory by editing the `memory_mib` value from '/etc/nitro_enclaves/allocator.yaml' and then restart the nitro-enclaves-allocator.service.",
  E29: 'Ioctl failure. Such error is used as a general ioctl error and appears whenever an ioctl fails. In this case, the error backtrace provides detailed information on what specifically failed during the ioctl.',
  E35: 'EIF file parsing error. Such errors appear when attempting to fill a memory region with a section of the EIF file, but reading the entire section fails. This might indicate that the required hugepages are not available.',
  E36: 'Enclave boot failure. Such error appears when attempting to receive the `ready` signal from a freshly booted enclave. It arises in several contexts, for instance, when the enclave is booted from an invalid EIF file and the enclave process immediately exits, failing to submit the `ready` signal. In this case, the error backtrace provides detailed information on what specifically failed during the enclave boot process.',
  E39: 'Enclave process connection failure. Such error appears when the enclave manager fails to connect to at least one enclave process for retrieving the description information.',
  E44: "Enclave console connection failure. Such error appears when the Nitro CLI process fails to establish a connection to a running enclave's console.",
  E48: 'EIF building error. Such error appears when trying to build an EIF file. In this case, the error backtrace provides detailed information on the failure reason.',
  E50: 'Docker image pull error. Such error appears when trying to build an EIF file, but pulling the corresponding docker image fails. In this case, the error backtrace provides detailed informatino on the failure reason.',
  E58: 'Naming error. Such error appears when trying to perform an enclave operation using the enclave name and the name is invalid.',
  E59: 'EIF signature checker error. Such error appears when validation of the signing certificate fails.',
  E60: 'Signing error. Such error appears if incorrect key or certificate paths are provided, or when AWS credenrials need to be refreshed to use a KMS key.',
} as const

/** A code that the simulated nitro-cli can end with. */
export type NitroCliErrorCode = keyof typeof errorTexts

/** E26's text when no memory at all is asked for. */
const noMemoryText = 'Insufficient memory requested. User provided `{}` is {} MB, and memory should be greater than 0 MB.'

/** E19's second line, when file and operation are known. */
const fileText = "\nFile: '{}', failing operation: '{}'."

/** Stands for a fact that was not given (nitro-cli's own placeholder). */
const placeholder = 'MISSING_INFO'

/** `[ Exx ]` and the code's text with its facts in their places. */
export function errorText (code: NitroCliErrorCode, info: readonly string[]): string {
  const places = [...info]
  return `[ ${code} ] ${templateOf(code, info).replaceAll('{}', () => places.shift() ?? placeholder)}`
}

function templateOf (code: NitroCliErrorCode, info: readonly string[]): string {
  if (code === 'E26' && info.length < 3) return noMemoryText
  if (code === 'E19' && info.length >= 2) return errorTexts.E19 + fileText
  return errorTexts[code]
}

/** The exit status of a process that ends with this code. */
export function exitCodeOf (code: NitroCliErrorCode): number {
  return Number(code.slice(1))
}
