/** Headers of requests that every route takes; those of one route stand in its schema. */
export const requestHeaders = {
  'X-Request-Id': {
    in: 'header',
    name: 'X-Request-Id',
    description: 'The caller\'s own id of the request, for logs on both sides: 1 to 128 letters, digits and `_ . : -`. Where there is none, or one of another shape, the service makes one.',
    schema: { type: 'string' },
    example: 'order-4711',
  },
  traceparent: {
    in: 'header',
    name: 'traceparent',
    description: 'W3C Trace Context: the trace that log lines and spans of the request belong to. One of another shape is ignored.',
    schema: { type: 'string' },
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  'Request-Timeout': {
    in: 'header',
    name: 'Request-Timeout',
    description: 'Seconds in which the caller wants its answer, with at most three decimals. What is not begun by then is not done, and the answer is 504. REQUEST_TIMEOUT_MAX_MS is the most, and what holds without the header.',
    schema: { type: 'string', pattern: '^(?=.*[1-9])[0-9]+([.][0-9]{1,3})?$' },
    example: '2.5',
  },
} as const

/** Headers of answers. */
export const responseHeaders = {
  'X-Request-Id': {
    description: 'The id under which the logs have the request: the audit log what was asked of keys, the service\'s what failed, and with LOG_LEVEL=debug every error.',
    schema: { type: 'string' },
    example: '9f86d081884c-1a',
  },
  'Retry-After': {
    description: 'Seconds after which trying again makes sense (RFC 9110, 10.2.3).',
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  },
  RateLimit: {
    description: 'What is left of each rate that the request counted against (draft-ietf-httpapi-ratelimit-headers-10). Only where there are rates.',
    schema: { type: 'string' },
    example: '"caller";r=199;t=1, "key";r=9;t=1',
  },
  'RateLimit-Policy': {
    description: 'Those rates: `q` requests at once, which come back in `w` seconds.',
    schema: { type: 'string' },
    example: '"caller";q=200;w=2, "key";q=10;w=1',
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 9110, 11.6.1).',
    schema: { type: 'string' },
    example: 'Bearer',
  },
  Location: {
    description: 'Where the new key is.',
    schema: { type: 'string' },
    example: '/keys/treasury-1',
  },
  'Idempotent-Replayed': {
    description: '`true` where this is the answer to an earlier request under the same idempotency key.',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
} as const

/** See {@link responseHeaders}. */
export type ResponseHeader = keyof typeof responseHeaders
