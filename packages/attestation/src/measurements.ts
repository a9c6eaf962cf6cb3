import type { AttestationDocument } from './attestation-document.ts'
import type { PcrMismatch } from './error-facts.ts'
import { AttestationError } from './errors.ts'

/** PCRs by the names that nitro-cli gives them, `PCR0` to `PCR31`; values in hex. */
export type Measurements = Readonly<Record<`PCR${number}`, string>>

/** PCR0, 1 and 2 measure the image and its parts: always shown, though zero in debug mode. */
const imagePcrs: readonly number[] = [0, 1, 2]

const pcrName = /^PCR([0-9]|[12][0-9]|3[01])$/
const pcrHex = /^(?:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i

/** The PCRs that say something, by ascending index, in lowercase hex: 0, 1 and 2 where present, and every other that is not all zero. */
export function measurementsOf (document: AttestationDocument): Measurements {
  const shown = [...document.pcrs]
    .filter(([index, value]) => imagePcrs.includes(index) || !isZero(value))
    .sort(([left], [right]) => left - right)
  return Object.fromEntries(shown.map(([index, value]) => [`PCR${index}`, value.toString('hex')]))
}

/**
 * Whether the enclave runs in debug mode, in which its console can be read: the hypervisor then attests PCR0 as all zero
 * (Nitro Enclaves user guide, "set-up-attestation"). A document without PCR0 proves no image either, and counts as one.
 */
export function isDebugMode (document: AttestationDocument): boolean {
  const pcr0 = document.pcrs.get(0)
  return pcr0 === undefined || isZero(pcr0)
}

/**
 * Checks that expectations can be met at all, so that a mistyped setting is not taken for a hostile enclave.
 *
 * @throws AttestationError `EXPECTED_PCR_INVALID`
 */
export function checkExpectedPcrs (expected: Measurements): void {
  for (const [pcr, value] of Object.entries(expected)) {
    if (!pcrName.test(pcr) || !pcrHex.test(value)) throw new AttestationError('EXPECTED_PCR_INVALID', { pcr })
  }
}

/**
 * Checks every expected PCR (hex in either case) against the document; PCRs that are not expected may be anything.
 *
 * @throws AttestationError `PCR_MISMATCH` with all that differ
 */
export function matchPcrs (document: AttestationDocument, expected: Measurements): void {
  const mismatches = Object.entries(expected)
    .map(([pcr, value]): PcrMismatch => {
      const index = Number(pcr.slice('PCR'.length))
      return { index, expected: value.toLowerCase(), actual: document.pcrs.get(index)?.toString('hex') ?? null }
    })
    .filter(({ expected: wanted, actual }) => wanted !== actual)
  if (mismatches.length > 0) throw new AttestationError('PCR_MISMATCH', { mismatches })
}

function isZero (value: Buffer): boolean {
  return value.every(byte => byte === 0)
}
