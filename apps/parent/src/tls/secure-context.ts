import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

import type { ClientAuthorities } from './client-authorities.ts'

/** What the TLS files hold, found to fit together. */
export interface TlsMaterial {
  /** PEM, the server's certificate first, then those between it and its root. */
  readonly certificates: string
  /** PEM. */
  readonly key: string
  /** The authorities of client certificates; undefined where none are asked for. */
  readonly clientAuthorities: ClientAuthorities | undefined
  /** Unix time in milliseconds at which the first of the server's certificates ends. */
  readonly expiresAt: number
}

/** How the API speaks TLS. */
export function contextOptions ({ certificates, key, clientAuthorities }: TlsMaterial): SecureContextOptions {
  return {
    cert: certificates,
    key,
    ...clientAuthorities === undefined ? {} : { ca: clientAuthorities.pem },
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    // No renegotiation; and no tickets: a resumed session would vouch for a client certificate that was checked long ago.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  }
}
