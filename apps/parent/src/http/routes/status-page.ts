import { RateHistory } from '../status-page/rate-history.ts'
import { statusPage } from '../status-page/page.ts'
import { contentSecurityPolicy } from '../status-page/style.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

/** Between two samples of the counters, and between two refreshes of the page, in seconds. */
const sampleSeconds = 2
/** Five minutes. */
const samplesKept = 150

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  refresh: String(sampleSeconds),
}

/** `GET /enclave`: the status for people. */
export function statusPageRoute (app: HttpServer, { status, keys, metrics, now }: RouteContext): void {
  const history = new RateHistory(samplesKept)
  const sample = (): void => { metrics.signingTotals().then(totals => { history.add(performance.now(), totals) }, () => undefined) }
  sample()
  const timer = setInterval(sample, sampleSeconds * 1000).unref()
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer)
    done()
  })
  app.get('/enclave', { schema: { hide: true }, config: { untraced: true, limited: 'by-rates' } }, (_request, reply) => reply.headers(headers).send(statusPage({
    status: status(),
    keys: { readable: keys.records().length, unreadable: keys.unreadable().length },
    rates: history.rates(),
    rateSeconds: sampleSeconds,
    at: new Date(now()).toISOString(),
  })))
}
