import { EnclaveError } from '@enclave-signer/protocol'
import type { NsmAnswer } from './nsm-codec.ts'
import type { NsmDescription, PcrDescription } from './nsm.ts'

/** More PCRs than an attestation document can state are no NSM's (nsm-api docs/attestation_process.md). */
const mostPcrs = 32
/** Digests of SHA-256, SHA-384 and SHA-512, which the NSM's API names. */
const pcrLengths: readonly number[] = [32, 48, 64]
const moduleIdPattern = /^[\w-]{1,64}$/
const digests: readonly unknown[] = ['SHA256', 'SHA384', 'SHA512']
const most16Bit = 0xffff

/**
 * The byte string that answers a request of one type, such as `document` of `Attestation`.
 *
 * @throws EnclaveError `NSM_FAILED` when the answer is of another type or has no such bytes.
 */
export function bytesOfNsmAnswer (answer: NsmAnswer, type: string, field: string): Buffer {
  const bytes = answer.type === type ? answer.fields.get(field) : undefined
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw unlike(type, field)
  return Buffer.from(bytes)
}

/**
 * Checks an answer that has nothing to say but its own name, such as that to `LockPCR`.
 *
 * @throws EnclaveError `NSM_FAILED` when it is another one.
 */
export function expectBareAnswer ({ type, fields }: NsmAnswer, wanted: string): void {
  if (type !== wanted || fields.size > 0) throw new EnclaveError('NSM_FAILED', `the NSM's answer to ${wanted} is another one`)
}

/**
 * The answer to `DescribeNSM`.
 *
 * @throws EnclaveError `NSM_FAILED` when a field is missing or out of bounds.
 */
export function toNsmDescription ({ type, fields }: NsmAnswer): NsmDescription {
  const field = <T>(name: string, read: (value: unknown) => T | undefined): T => {
    const value = type === 'DescribeNSM' ? read(fields.get(name)) : undefined
    if (value === undefined) throw unlike('DescribeNSM', name)
    return value
  }
  const version = ['version_major', 'version_minor', 'version_patch'].map(name => field(name, value => wholeNumber(value, most16Bit)))
  const maxPcrs = field('max_pcrs', value => wholeNumber(value, mostPcrs))
  return {
    moduleId: field('module_id', value => typeof value === 'string' && moduleIdPattern.test(value) ? value : undefined),
    version: version.join('.'),
    digest: field('digest', value => digests.includes(value) ? value as string : undefined),
    maxPcrs,
    lockedPcrs: field('locked_pcrs', value => indexSet(value, maxPcrs)),
  }
}

/**
 * The answer to `DescribePCR`.
 *
 * @throws EnclaveError `NSM_FAILED` when a field is missing or out of bounds.
 */
export function toPcrDescription (answer: NsmAnswer): PcrDescription {
  const value = pcrValueOf(answer, 'DescribePCR')
  const locked = answer.fields.get('lock')
  if (typeof locked !== 'boolean') throw unlike('DescribePCR', 'lock')
  return { locked, value }
}

/**
 * The value of a PCR in the answer to `DescribePCR` or `ExtendPCR`: 32, 48 or 64 bytes.
 *
 * @throws EnclaveError `NSM_FAILED` when it is missing or of another length.
 */
export function pcrValueOf (answer: NsmAnswer, type: 'DescribePCR' | 'ExtendPCR'): Buffer {
  const value = bytesOfNsmAnswer(answer, type, 'data')
  if (!pcrLengths.includes(value.length)) throw unlike(type, 'data')
  return value
}

function wholeNumber (value: unknown, most: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined
}

function indexSet (value: unknown, maxPcrs: number): ReadonlySet<number> | undefined {
  if (!Array.isArray(value) || value.length > maxPcrs) return undefined
  const indexes = new Set(value.map(index => wholeNumber(index, maxPcrs - 1)))
  return indexes.has(undefined) || indexes.size !== value.length ? undefined : indexes as ReadonlySet<number>
}

function unlike (type: string, field: string): EnclaveError {
  return new EnclaveError('NSM_FAILED', `the NSM's answer to ${type} has no ${field}`)
}
