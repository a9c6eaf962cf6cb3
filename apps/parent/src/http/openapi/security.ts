/** How callers say who they are. */
export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A token of the callers file, or a JWT of an issuer that it names.' },
  mutualTLS: { type: 'mutualTLS', description: 'A client certificate of a caller that the callers file names.' },
}

/** Of every route that does not say otherwise. The empty one: a service without callers serves loopback, and asks nobody. */
export const security: Record<string, string[]>[] = [{ bearer: [] }, { mutualTLS: [] }, {}]
