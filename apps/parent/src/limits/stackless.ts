/**
 * An error without a stack. To note where it came from takes longer than the rest of a refusal; one of a thousand a second is no defect,
 * and its code says all.
 */
export function stackless<E extends Error> (make: () => E): E {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
