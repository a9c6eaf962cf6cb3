import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** One run of a load: what came back and how long it took. */
export interface LoadResult {
  requests: number
  failed: number
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
}

/** A JSON request to repeat. */
export interface LoadTarget {
  url: string
  body: string
  /** Beside the content type. */
  headers?: Readonly<Record<string, string>>
  /** A header that has another value in every request. */
  uniqueHeader?: string
}

const execFileAsync = promisify(execFile)

/** Repeats a POST as fast as `connections` connections allow, with wrk on one thread. */
export async function runWrk (target: LoadTarget, options: { connections: number, seconds: number }): Promise<LoadResult> {
  const { connections, seconds } = options
  const folder = mkdtempSync(join(tmpdir(), 'wrk-'))
  const script = join(folder, 'post.lua')
  writeFileSync(script, luaFor(target))
  try {
    const { stdout } = await execFileAsync('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, target.url])
    return parse(stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** wrk's own language: what to send, and a last line with the figures (microseconds). */
function luaFor ({ body, headers = {}, uniqueHeader }: LoadTarget): string {
  const all = Object.entries({ 'content-type': 'application/json', ...headers })
  return `wrk.method = "POST"
${all.map(([name, value]) => `wrk.headers["${name}"] = [==[${value}]==]`).join('\n')}
wrk.body = [==[${body}]==]
${uniqueHeader === undefined ? '' : uniqueLua(uniqueHeader)}
done = function(summary, latency)
  local e = summary.errors
  print(string.format("figures %d %d %d %d %d", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
`
}

/** Of one run no value comes again in another. */
function uniqueLua (header: string): string {
  return `local count = 0
request = function()
  count = count + 1
  wrk.headers["${header}"] = "${randomUUID()}-" .. count
  return wrk.format()
end`
}

function parse (output: string): LoadResult {
  const line = /^figures (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output)
  if (line === null) throw new Error(`wrk said nothing that can be read:\n${output}`)
  const [requests = 0, durationUs = 1, p50Us = 0, p99Us = 0, failed = 0] = line.slice(1).map(Number)
  return { requests, failed, requestsPerSecond: requests / durationUs * 1e6, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 }
}
