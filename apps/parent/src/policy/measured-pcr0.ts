import { Type } from 'typebox'
import { Value } from 'typebox/value'

const withPcr0 = Type.Object({ PCR0: Type.String({ pattern: '^[0-9a-fA-F]{96}$' }) })
/** `nitro-cli build-enclave`, `describe-eif`. */
const described = Type.Object({ Measurements: withPcr0 })
/** `enclave-signer eif`. */
const made = Type.Object({ measurements: withPcr0 })
/** `GET /enclave/status`. */
const status = Type.Object({ enclaves: Type.Array(made, { minItems: 1 }) })

/**
 * Every PCR0 in a file of measurements, in lower case: what nitro-cli prints of an EIF, what `enclave-signer eif` prints, or the body of
 * `/enclave/status`. Undefined for any other text, and for a status in which an enclave is not measured yet.
 */
export function measuredPcr0In (text: string): string[] | undefined {
  const value = parseJson(text)
  if (Value.Check(described, value)) return [value.Measurements.PCR0.toLowerCase()]
  if (Value.Check(made, value)) return [value.measurements.PCR0.toLowerCase()]
  if (Value.Check(status, value)) return value.enclaves.map(enclave => enclave.measurements.PCR0.toLowerCase())
  return undefined
}

function parseJson (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
