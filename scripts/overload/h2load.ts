import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { LoadTarget } from '../bench/wrk.ts'

/** How much is asked, and for how long. */
export interface Offer {
  connections: number
  seconds: number
  /** By all connections together; as fast as answers come where undefined. */
  requestsPerSecond?: number
}

/** The answers of one status. */
export interface Answers {
  count: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

const execFileAsync = promisify(execFile)

/**
 * Repeats a POST with h2load on one thread: it takes little of the processor, keeps a pace, and says of each answer which status it had and
 * how long it took, which wrk does not. 0 is the status of a request without an answer.
 */
export async function runH2load ({ url, body }: LoadTarget, offer: Offer): Promise<Map<number, Answers>> {
  const { connections, seconds, requestsPerSecond } = offer
  const folder = mkdtempSync(join(tmpdir(), 'h2load-'))
  const [bodyFile, logFile] = [join(folder, 'body.json'), join(folder, 'log.tsv')]
  writeFileSync(bodyFile, body)
  const pace = requestsPerSecond === undefined ? [] : [`--rps=${requestsPerSecond / connections}`]
  const load = ['--h1', '-t1', `-c${connections}`, `-D${seconds}`, ...pace]
  try {
    await execFileAsync('h2load', [...load, '-d', bodyFile, '-H', 'content-type: application/json', `--log-file=${logFile}`, url])
    return parseLog(readFileSync(logFile, 'latin1'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A line an answer: start in microseconds since 1970, status, microseconds until its end; −1 for both of a request that failed. */
function parseLog (log: string): Map<number, Answers> {
  const microseconds = new Map<number, number[]>()
  for (const line of log.split('\n')) {
    if (line === '') continue
    const [, status, took] = line.split('\t').map(Number)
    const key = Math.max(0, status ?? 0)
    const known = microseconds.get(key)
    if (known === undefined) microseconds.set(key, [took ?? NaN])
    else known.push(took ?? NaN)
  }
  return new Map(Array.from(microseconds, ([status, all]) => [status, summaryOf(all)]))
}

function summaryOf (microseconds: number[]): Answers {
  const sorted = Float64Array.from(microseconds).sort()
  const at = (share: number): number => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN) / 1000
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}
