import type { AttestationDocument } from './attestation-document.ts'
import { decodeCbor } from './cbor.ts'
import type { CborValue } from './cbor.ts'
import { AttestationError } from './errors.ts'
import { found } from './found.ts'
import { decodePcrs } from './pcrs.ts'

type Fields = ReadonlyMap<CborValue, CborValue>

const mandatoryFields = ['module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle'] as const
const optionalFields = ['public_key', 'user_data', 'nonce'] as const
const allowedFields: ReadonlySet<CborValue> = new Set<CborValue>([...mandatoryFields, ...optionalFields])

/** Longest piece of an unknown field's name that an error repeats. */
const fieldNameCharacters = 64

const certificateBytes = 1024
const auxiliaryBytes = 1024

/**
 * Decodes the payload and applies the field rules of nsm-api docs/attestation_process.md section 3.2.2.
 *
 * Where that text leaves a choice:
 * fields outside its "Allowed Fields" are refused;
 * `null` counts as absent for the three optional fields, because every NSM writes them so although the text forbids null;
 * `user_data` and `nonce` may have 1024 bytes as in its grammar (section 2.2) and in the Nitro Enclaves user guide, not the 512 of
 * section 3.2.2.2: NSMs do sign more than 512 (aws/aws-nitro-enclaves-nsm-api#52, hf/nitrite#5);
 * a PCR may have 32, 48 or 64 bytes although SHA384 makes 48.
 *
 * @throws AttestationError with a code of the CBOR or payload group
 */
export function decodePayload (payload: Uint8Array): AttestationDocument {
  const fields = fieldsOf(decodeCbor(payload, 'payload'))
  return {
    moduleId: decodeModuleId(fields.get('module_id')),
    digest: decodeDigest(fields.get('digest')),
    timestamp: decodeTimestamp(fields.get('timestamp')),
    pcrs: decodePcrs(fields.get('pcrs')),
    certificate: decodeCertificate(fields.get('certificate')),
    cabundle: decodeCabundle(fields.get('cabundle')),
    ...optional('publicKey', decodeOptional('PUBLIC_KEY_INVALID', fields.get('public_key'), 1)),
    ...optional('userData', decodeOptional('USER_DATA_INVALID', fields.get('user_data'), 0)),
    ...optional('nonce', decodeOptional('NONCE_INVALID', fields.get('nonce'), 0)),
  }
}

function fieldsOf (payload: CborValue): Fields {
  if (!(payload instanceof Map)) throw new AttestationError('PAYLOAD_NOT_A_MAP', { found: found(payload) })
  for (const key of payload.keys()) {
    if (!allowedFields.has(key)) throw new AttestationError('FIELD_UNKNOWN', { field: nameOf(key) })
  }
  for (const field of mandatoryFields) {
    if (!payload.has(field)) throw new AttestationError('FIELD_MISSING', { field })
  }
  return payload
}

function nameOf (key: CborValue): string {
  return typeof key === 'string' ? key.slice(0, fieldNameCharacters) : `(${found(key).type})`
}

function decodeModuleId (value: CborValue | undefined): string {
  if (typeof value === 'string' && value !== '') return value
  throw new AttestationError('MODULE_ID_INVALID', { found: found(value) })
}

function decodeDigest (value: CborValue | undefined): 'SHA384' {
  if (value === 'SHA384') return value
  throw new AttestationError('DIGEST_INVALID', { found: found(value) })
}

function decodeTimestamp (value: CborValue | undefined): number {
  // A bigint is beyond 2^53 - 1 ms, the year 287396: no clock's time.
  if (typeof value === 'number' && value > 0) return value
  throw new AttestationError('TIMESTAMP_INVALID', { found: found(value) })
}

function decodeCertificate (value: CborValue | undefined): Buffer {
  if (isBytes(value, 1, certificateBytes)) return value
  throw new AttestationError('CERTIFICATE_INVALID', { found: found(value) })
}

function decodeCabundle (value: CborValue | undefined): Buffer[] {
  if (!Array.isArray(value) || value.length === 0) throw new AttestationError('CABUNDLE_INVALID', { found: found(value) })
  return value.map((certificate, index) => {
    if (isBytes(certificate, 1, certificateBytes)) return certificate
    throw new AttestationError('CABUNDLE_CERTIFICATE_INVALID', { index, found: found(certificate) })
  })
}

function decodeOptional (
  code: 'PUBLIC_KEY_INVALID' | 'USER_DATA_INVALID' | 'NONCE_INVALID', value: CborValue | undefined, minimumBytes: number
): Buffer | undefined {
  if (value === undefined || value === null) return undefined
  if (isBytes(value, minimumBytes, auxiliaryBytes)) return value
  throw new AttestationError(code, { found: found(value) })
}

function isBytes (value: CborValue | undefined, minimum: number, maximum: number): value is Buffer {
  return Buffer.isBuffer(value) && value.length >= minimum && value.length <= maximum
}

function optional<Name extends string> (name: Name, value: Buffer | undefined): Partial<Record<Name, Buffer>> {
  return value === undefined ? {} : { [name]: value } as Record<Name, Buffer>
}
