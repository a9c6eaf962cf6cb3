import { Type } from 'typebox'

/**
 * A String of RFC 8941 without escapes, as draft-ietf-httpapi-idempotency-key-header-07 has it; or the same text bare, as most clients
 * send it. 255 is what the clients of other services keep to.
 */
export const idempotencyKeyPattern = '^(?:"[ !#-\\[\\]-~]{1,255}"|[!#-+\\--\\[\\]-~]{1,255})$'

/** The header of a request that may be repeated. */
export const idempotencyHeaders = Type.Object({
  'Idempotency-Key': Type.Optional(Type.String({
    pattern: idempotencyKeyPattern,
    description: 'Chosen by the caller for one operation, such as a UUID: 1 to 255 characters, in quotes or bare. ' +
      'A repeat under the same key with the same body gets the first answer again, byte for byte.',
    examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
  })),
})

/** The key itself: in quotes and bare it is the same. */
export function idempotencyKeyOf (header: string): string {
  return header.startsWith('"') ? header.slice(1, -1) : header
}
