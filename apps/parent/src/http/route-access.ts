import type { Action } from '../callers/caller.ts'

/**
 * Who may have a route: `everybody`, credentials or not; `callers`, whatever they may do; whoever may do an action; `nobody`.
 */
export type Access = 'everybody' | 'callers' | Action | 'nobody'

/** The action of every route that is one. What stands nowhere here is denied. */
const accessOfRoutes: Readonly<Record<string, Access>> = {
  'POST /sign': 'sign',
  'POST /sign/batch': 'sign',
  'GET /keys': 'keys:read',
  'POST /keys': 'keys:create',
  'POST /keys/import': 'keys:import',
  'GET /keys/:keyId': 'keys:read',
  'GET /keys/:keyId/attestation': 'keys:read',
  'GET /enclave': 'enclave:read',
  'GET /enclave/status': 'enclave:read',
  'GET /enclave/attestation': 'enclave:read',
  'GET /enclave/console': 'enclave:read',
  'GET /metrics': 'metrics:read',
  'GET /openapi.json': 'enclave:read',
  'GET /livez': 'everybody',
  'GET /readyz': 'everybody',
}

/** The pages of the API's description: what a route below this is called is the page's own affair. */
const docs = { prefix: '/docs', access: 'enclave:read' } as const

/** Who may have the route of this method and pattern. */
export function accessOf (method: string, url: string): Access {
  const asked = method === 'HEAD' ? 'GET' : method
  const known = accessOfRoutes[`${asked} ${url}`]
  if (known !== undefined) return known
  return asked === 'GET' && (url === docs.prefix || url.startsWith(`${docs.prefix}/`)) ? docs.access : 'nobody'
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set for every route from the table; a route that sets its own stands outside of it. */
    access?: Access
  }
}
