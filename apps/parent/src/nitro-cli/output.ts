import type { Measurements } from '@enclave-signer/attestation'
import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'

/** What `describe-eif` says of a file. */
export interface EifDescription {
  /** PCR0 to PCR2, and PCR8 where the EIF is signed. */
  measurements: Measurements
  /** Whether the file's own checksum holds. */
  intact: boolean
}

/** An enclave that has just been started. */
export interface LaunchedEnclave {
  enclaveId: string
  cid: number
  /** The enclave process: nitro-cli's own on the host, which holds the enclave. */
  processId: number
}

/** An enclave of this host, ours or another's. */
export interface DescribedEnclave extends LaunchedEnclave {
  /** Absent from nitro-cli before 1.1. */
  name: string | undefined
  running: boolean
  debugMode: boolean
}

const pcr = Type.String({ pattern: '^[0-9a-f]{96}$' })
const measurements = Type.Object({ PCR0: pcr, PCR1: pcr, PCR2: pcr, PCR8: Type.Optional(pcr) })
const buildEnclave = Type.Object({ Measurements: measurements })
const describeEif = Type.Object({ Measurements: measurements, CheckCRC: Type.Boolean() })
const runEnclave = Type.Object({ EnclaveID: Type.String({ minLength: 1 }), EnclaveCID: Type.Integer(), ProcessID: Type.Integer() })
const describeEnclaves = Type.Array(Type.Object({
  EnclaveName: Type.Optional(Type.String()),
  EnclaveID: Type.String({ minLength: 1 }),
  EnclaveCID: Type.Integer(),
  ProcessID: Type.Integer(),
  State: Type.String(),
  Flags: Type.String(),
}))
const terminateEnclave = Type.Object({ EnclaveID: Type.String(), Terminated: Type.Literal(true) })

/** The readers below throw a TypeError that names what was not as nitro-cli prints it. */
export function readBuildEnclave (stdout: string): Measurements {
  return pcrsOf(read(buildEnclave, stdout).Measurements)
}

/** See {@link EifDescription}. */
export function readDescribeEif (stdout: string): EifDescription {
  const { Measurements: printed, CheckCRC: intact } = read(describeEif, stdout)
  return { measurements: pcrsOf(printed), intact }
}

/** See {@link LaunchedEnclave}. */
export function readRunEnclave (stdout: string): LaunchedEnclave {
  const { EnclaveID: enclaveId, EnclaveCID: cid, ProcessID: processId } = read(runEnclave, stdout)
  return { enclaveId, cid, processId }
}

/**
 * See {@link DescribedEnclave}. The measurements printed there are left out on purpose: they come from the EIF file and are not
 * zero for an enclave in debug mode.
 */
export function readDescribeEnclaves (stdout: string): DescribedEnclave[] {
  return read(describeEnclaves, stdout).map(printed => ({
    name: printed.EnclaveName,
    enclaveId: printed.EnclaveID,
    cid: printed.EnclaveCID,
    processId: printed.ProcessID,
    running: printed.State === 'RUNNING',
    debugMode: printed.Flags.includes('DEBUG_MODE'),
  }))
}

/** The id of the enclave that was ended. */
export function readTerminateEnclave (stdout: string): string {
  return read(terminateEnclave, stdout).EnclaveID
}

function read<S extends TSchema> (schema: S, stdout: string): Static<S> {
  const value: unknown = JSON.parse(stdout)
  if (Value.Check(schema, value)) return value
  const [fault] = Value.Errors(schema, value)
  throw new TypeError(`nitro-cli's answer: ${fault?.instancePath ?? ''} ${fault?.message ?? 'has another shape'}`)
}

function pcrsOf ({ PCR0, PCR1, PCR2, PCR8 }: Static<typeof measurements>): Measurements {
  return PCR8 === undefined ? { PCR0, PCR1, PCR2 } : { PCR0, PCR1, PCR2, PCR8 }
}
