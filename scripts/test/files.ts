/**
 * Runs the test files that it is given, each as a process of its own, and writes tap's record of all of them. Of those of the packages as
 * many run at a time as there are processors; those of the whole product, which start many processes themselves, one after the other.
 */
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'

import { t } from 'tap'

/** A file that takes longer hangs. */
const timeoutMs = 20 * 60 * 1000
const env = { ...process.env, TAP_TIMEOUT: String(timeoutMs / 1000) }

t.setTimeout(0)
t.jobs = availableParallelism()
for (const file of process.argv.slice(2)) {
  // Without `env`, every Node.js process that a test starts, the product's own too, would load tap's module hooks.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, file]
  const ended = t.spawn('env', command, { env, timeout: timeoutMs, buffered: dirname(file) !== 'test' }, file)
  ended.then(results => { tell(file, results) }, () => { tell(file, null) })
}

/** Standard output is the record. */
function tell (file: string, results: { ok: boolean, time: number | null } | null): void {
  const seconds = results?.time == null ? '' : ` ${(results.time / 1000).toFixed(1)} s`
  process.stderr.write(` ${results?.ok === true ? 'PASS' : 'FAIL'} ${file}${seconds}\n`)
}
