import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { LoadTarget } from './wrk.ts'

/** How much is asked, and for how long. */
export interface Offer {
  connections: number
  seconds: number
  /** By all connections together; as fast as answers come where undefined. */
  requestsPerSecond?: number | undefined
}

/** The answers of one status. */
export interface Answers {
  count: number
  /** From the first request of all to the last one. */
  perSecond: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  /** Of those begun when the load had lasted for {@link beginningUs}. */
  p99LaterMs: number
}

/** How long it may take until overload is known for what it is. */
const beginningUs = 2e6

const execFileAsync = promisify(execFile)

/**
 * Repeats a POST with h2load on one thread: it takes little of the processor, keeps a pace, and says of each answer which status it had and
 * how long it took, which wrk does not. 0 is the status of a request without an answer.
 */
export async function runH2load ({ url, body }: LoadTarget, offer: Offer): Promise<Map<number, Answers>> {
  const folder = mkdtempSync(join(tmpdir(), 'h2load-'))
  const [bodyFile, logFile] = [join(folder, 'body.json'), join(folder, 'log.tsv')]
  writeFileSync(bodyFile, body)
  const load = ['--h1', '-t1', `-c${offer.connections}`, ...paceOf(offer)]
  try {
    await execFileAsync('h2load', [...load, '-d', bodyFile, '-H', 'content-type: application/json', `--log-file=${logFile}`, url])
    return summariesOf(parseLog(readFileSync(logFile, 'latin1')))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * With a pace every connection has one of its own, from the moment when it was opened. They are opened one after the other, so that their
 * requests do not come all at once, as those of callers who know nothing of each other do not.
 */
function paceOf ({ connections, seconds, requestsPerSecond }: Offer): string[] {
  if (requestsPerSecond === undefined) return [`-D${seconds}`]
  const openedPerMs = Math.ceil(requestsPerSecond / 1000)
  return [`-n${Math.round(requestsPerSecond * seconds)}`, `--rps=${requestsPerSecond / connections}`, `-r${openedPerMs}`, '--rate-period=1ms']
}

/** A line of h2load's log. */
interface Sample {
  startUs: number
  status: number
  tookUs: number
}

/** A line an answer: start in microseconds since 1970, status, microseconds until its end; −1 for both of a request that failed. */
function parseLog (log: string): Sample[] {
  return log.split('\n').filter(line => line !== '').map(line => {
    const [startUs = NaN, status = 0, tookUs = NaN] = line.split('\t').map(Number)
    return { startUs, status: Math.max(0, status), tookUs }
  })
}

function summariesOf (samples: readonly Sample[]): Map<number, Answers> {
  const firstUs = samples.reduce((first, { startUs }) => Math.min(first, startUs), Infinity)
  const lastUs = samples.reduce((last, { startUs }) => Math.max(last, startUs), firstUs)
  return new Map(Array.from(Map.groupBy(samples, ({ status }) => status), ([status, all]) => {
    const [inAll, later] = [all, all.filter(({ startUs }) => startUs >= firstUs + beginningUs)].map(percentiles)
    const at = (share: number): number => inAll?.(share) ?? NaN
    const perSecond = all.length / (lastUs - firstUs) * 1e6
    return [status, { count: all.length, perSecond, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), p99LaterMs: later?.(0.99) ?? NaN }]
  }))
}

/** Milliseconds at a share from 0 to 1. */
function percentiles (samples: readonly Sample[]): (share: number) => number {
  const sorted = Float64Array.from(samples, ({ tookUs }) => tookUs).sort()
  return share => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN) / 1000
}
