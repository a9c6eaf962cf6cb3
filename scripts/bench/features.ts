import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createAuthority } from '../../apps/parent/test/fixtures/authority.ts'
import { makeDataDir, startService } from '../../test/fixtures/service.ts'
import { ask } from '../start/ask.ts'
import { runWrk } from './wrk.ts'
import type { LoadTarget } from './wrk.ts'

/** The rate of one way to run the service. */
export interface FeatureRate {
  readonly what: string
  /** Requests a second, the median of the rounds. */
  readonly requestsPerSecond: number
  /** The median of each round's rate beside that round's rate with everything off. */
  readonly ofOff: number
}

const keyId = 'bench'
const order = { keyId, message: Buffer.from('a message of thirty-two bytes, ok').toString('base64') }

/** What costs a request nothing but time: rates that are never reached, permissions that are looked through. */
const limitedCallers = (sha256: string): string => `
callers:
  - name: bench
    credentials: [{ tokenSha256: ${sha256} }]
    permissions:
      - { actions: [keys:create], keys: ['*'] }
      - { actions: [sign], keys: ['bench*'], signingAlgorithms: [ECDSA_SHA_256], messageTypes: [RAW] }
    rates:
      total: { requestsPerSecond: 1000000, burst: 1000000 }
      perKey: { requestsPerSecond: 1000000, burst: 1000000 }
`

/**
 * How fast a secp256k1 key signs at 64 connections with the features of the API off and on: every way has a service of its own, and all of
 * them are measured in turns, so that a machine whose speed drifts is unfair to none.
 */
export async function measureFeatures ({ rounds, seconds }: { rounds: number, seconds: number }): Promise<FeatureRate[]> {
  await using services = new AsyncDisposableStack()
  const start = async (env: Record<string, string>, token?: string): Promise<LoadTarget> => {
    const service = services.use(await startService({ env }))
    const certFile = env.TLS_CERT_FILE
    const url = certFile === undefined ? service.url : service.url.replace('http:', 'https:')
    await ask({ url, certFile, token }, '/keys', { keyId, keySpec: 'ECC_SECG_P256K1' })
    return { url: `${url}/sign`, body: JSON.stringify(order), ...token !== undefined && { headers: { authorization: `Bearer ${token}`, ...carriedAlong } } }
  }
  const { token, callersFile, tlsFiles } = prepare()
  const asked = { CALLERS_FILE: callersFile, RATE_PER_KEY: '1000000' }
  const off = await start({ AUDIT: 'off' })
  const audited = await start({})
  const on = await start(asked, token)
  const ways: [string, LoadTarget][] = [
    ['everything off', off],
    ['as it comes: audit log', audited],
    ['audit log, token, permissions, three rates, deadline, trace', on],
    ['the same, an idempotency key each', { ...on, uniqueHeader: 'idempotency-key' }],
    ['the same over TLS', { ...await start({ ...asked, ...tlsFiles }, token), uniqueHeader: 'idempotency-key' }],
    ['the same with AUDIT=strict', { ...await start({ ...asked, ...tlsFiles, AUDIT: 'strict' }, token), uniqueHeader: 'idempotency-key' }],
  ]
  const rates = ways.map((): number[] => [])
  for (const [, target] of ways) await runWrk(target, { connections: 64, seconds })
  for (let round = 0; round < rounds; round++) {
    for (const [index, [what, target]] of ways.entries()) {
      const { failed, requestsPerSecond } = await runWrk(target, { connections: 64, seconds })
      if (failed > 0) throw new Error(`${what}: ${failed} requests failed`)
      rates[index]?.push(requestsPerSecond)
    }
  }
  return ways.map(([what], index) => {
    const own = rates[index] ?? []
    return { what, requestsPerSecond: median(own), ofOff: median(own.map((rate, round) => rate / (rates[0]?.[round] ?? NaN))) }
  })
}

const carriedAlong = { 'request-timeout': '10', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }

function prepare (): { token: string, callersFile: string, tlsFiles: { TLS_CERT_FILE: string, TLS_KEY_FILE: string } } {
  const directory = makeDataDir()
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content)
    return join(directory, name)
  }
  const token = randomBytes(32).toString('base64url')
  const { certificate, key } = createAuthority('the bench').issue({ commonName: 'bench', ips: ['127.0.0.1'], usage: 'server' })
  return {
    token,
    callersFile: file('callers.yaml', limitedCallers(createHash('sha256').update(token).digest('hex'))),
    tlsFiles: { TLS_CERT_FILE: file('cert.pem', certificate), TLS_KEY_FILE: file('key.pem', key) },
  }
}

function median (values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
