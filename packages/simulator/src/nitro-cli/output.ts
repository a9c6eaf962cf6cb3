import type { EifMetadata } from '../eif/metadata.ts'
import type { EnclaveRecord } from './running-enclaves/enclave-record.ts'

/*
 * The JSON objects that nitro-cli prints (src/common/json_output.rs), in its field order. Two spaces of indentation.
 */

/** nitro-cli's way of printing any of them. */
export function formatJson (value: unknown): string {
  return JSON.stringify(value, null, 2)
}

/** The answer of `run-enclave`. */
export function runInfo ({ enclaveName, enclaveId, processId, enclaveCid, cpuIds, memoryMib }: EnclaveRecord): Record<string, unknown> {
  return {
    EnclaveName: enclaveName,
    EnclaveID: enclaveId,
    ProcessID: processId,
    EnclaveCID: enclaveCid,
    NumberOfCPUs: cpuIds.length,
    CPUIDs: cpuIds,
    MemoryMiB: memoryMib,
  }
}

/** One element of the answer of `describe-enclaves`. */
export function describeInfo (record: EnclaveRecord, withMetadata: boolean): Record<string, unknown> {
  return {
    ...runInfo(record),
    State: 'RUNNING',
    Flags: record.debugMode ? 'DEBUG_MODE' : 'NONE',
    Measurements: record.measurements,
    ...(withMetadata && record.metadata && imageInfo(record.metadata)),
  }
}

/** The answer of `terminate-enclave`. */
export function terminateInfo ({ enclaveName, enclaveId }: EnclaveRecord): Record<string, unknown> {
  return { EnclaveName: enclaveName, EnclaveID: enclaveId, Terminated: true }
}

/** Name, version and metadata of an image; custom metadata lies flat among the rest. */
export function imageInfo ({ ImageName, ImageVersion, BuildMetadata, DockerInfo, CustomMetadata }: EifMetadata): Record<string, unknown> {
  return {
    ImageName,
    ImageVersion,
    Metadata: { ...BuildMetadata, DockerInfo, ...(typeof CustomMetadata === 'object' && CustomMetadata) },
  }
}
