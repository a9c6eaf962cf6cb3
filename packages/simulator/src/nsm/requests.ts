import type { Nsm } from '@enclave-signer/enclave'
import { decode, encode } from 'cborg'

import { SimulatorError } from '../errors.ts'
import { registerCount } from './registers.ts'
import type { Registers } from './registers.ts'

/** Answers one request of the NSM's API, CBOR both. What the NSM refuses is an answer too: `{"Error": name}`. */
export type NsmRequests = (request: Uint8Array) => Promise<Buffer>

/** What the API is answered from. */
export interface NsmRequestsOptions {
  readonly nsm: Nsm
  readonly registers: Registers
  /** `<instance id>-enc<16 hex digits>`. */
  readonly moduleId: string
}

/** The version of the API that is answered, as QEMU's NSM has it. */
const version = { version_major: 1, version_minor: 0, version_patch: 0 }

type Fields = ReadonlyMap<unknown, unknown>

/**
 * The NSM's API as its device takes it (aws-nitro-enclaves-nsm-api src/api/mod.rs): a request is a text, or a map of its name to its
 * fields. Whatever is neither, or has fields of another type, is an `InvalidOperation`, as in QEMU.
 */
export function createNsmRequests ({ nsm, registers, moduleId }: NsmRequestsOptions): NsmRequests {
  const handlers: Readonly<Record<string, (fields: Fields) => unknown>> = {
    GetRandom: async () => ({ random: await nsm.random() }),
    DescribeNSM: () => ({ ...version, module_id: moduleId, max_pcrs: registerCount, locked_pcrs: [...registers.locked.keys()].sort(ascending), digest: 'SHA384' }),
    DescribePCR: (fields) => registers.describe(number(fields, 'index')),
    ExtendPCR: (fields) => ({ data: registers.extend(number(fields, 'index'), bytes(fields, 'data') ?? refuse()) }),
    LockPCR: (fields) => { registers.lock(number(fields, 'index')) },
    LockPCRs: (fields) => { registers.lockRange(number(fields, 'range')) },
    Attestation: async (fields) => ({ document: await nsm.attest(attestationRequest(fields)) }),
  }
  return async (request) => {
    try {
      const { name, fields } = readRequest(request)
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined
      const answer = await (handler ?? refuse)(fields)
      return toCbor(answer === undefined ? name : { [name]: answer })
    } catch (error) {
      return toCbor({ Error: nsmErrorOf(error) })
    }
  }
}

function readRequest (request: Uint8Array): { name: string, fields: Fields } {
  const value = fromCbor(request)
  if (typeof value === 'string') return { name: value, fields: new Map() }
  const [[name, fields] = [], ...others] = value instanceof Map ? [...value as Map<unknown, unknown>] : []
  if (typeof name !== 'string' || !(fields instanceof Map) || others.length > 0) refuse()
  return { name, fields }
}

function attestationRequest (fields: Fields): Parameters<Nsm['attest']>[0] {
  const members = { userData: bytes(fields, 'user_data'), nonce: bytes(fields, 'nonce'), publicKey: bytes(fields, 'public_key') }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

function number (fields: Fields, name: string): number {
  const value = fields.get(name)
  return typeof value === 'number' ? value : refuse()
}

/** Absent and `null` are the same. */
function bytes (fields: Fields, name: string): Uint8Array | undefined {
  const value = fields.get(name) ?? undefined
  return value === undefined || value instanceof Uint8Array ? value : refuse()
}

function refuse (): never {
  throw new SimulatorError('NSM_REFUSED', 'InvalidOperation', { facts: { nsmError: 'InvalidOperation' } })
}

function nsmErrorOf (error: unknown): string {
  return error instanceof SimulatorError ? error.facts.nsmError ?? 'InternalError' : 'InternalError'
}

function fromCbor (data: Uint8Array): unknown {
  try {
    return decode(data, { useMaps: true })
  } catch {
    return undefined
  }
}

function toCbor (value: unknown): Buffer {
  return Buffer.from(encode(value, { mapSorter: () => 0 }))
}

function ascending (one: number, other: number): number {
  return one - other
}
