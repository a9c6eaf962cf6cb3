import { loadTls } from '../../tls/tls-files.ts'
import type { Check } from '../check.ts'
import { failed, notNeeded, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { refusedFiles } from '../refused-files.ts'

const dayMs = 86_400_000

/** Authorities that renew by themselves do so with a third of the time left, which is 30 days of the usual 90. */
const soonMs = 14 * dayMs

/** TLS_CERT_FILE, TLS_KEY_FILE and TLS_CLIENT_CA_FILE, read as the service reads them, and when the certificate ends. */
export const tlsCheck: Check = {
  name: 'tls',
  run: async ({ settings: { tlsFiles }, now }) => {
    if (tlsFiles === undefined) return notNeeded('there is no TLS_CERT_FILE with TLS_KEY_FILE')
    try {
      const { expiresAt } = await loadTls(tlsFiles)
      return judge(expiresAt, now())
    } catch (error) {
      return refusedFiles(error)
    }
  },
}

function judge (expiresAt: number, now: number): Finding {
  const expiry = new Date(expiresAt).toISOString()
  const facts = { expiresAt: expiry }
  const advice = 'replace TLS_CERT_FILE and TLS_KEY_FILE; a service that runs takes the new ones by itself'
  if (expiresAt <= now) return failed(`the certificate expired at ${expiry}`, advice, facts)
  const days = Math.floor((expiresAt - now) / dayMs)
  return expiresAt - now < soonMs ? warning(`the certificate expires in ${days} days, at ${expiry}`, advice, facts) : ok(`the certificate expires at ${expiry}`, facts)
}
