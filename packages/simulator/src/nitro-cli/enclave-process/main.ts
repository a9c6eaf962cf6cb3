/*
 * The process that is an enclave: `nitro-cli run-enclave` starts it, says once what to run, and leaves it alone. Its stdout and stderr are
 * the enclave's console.
 */

import { once } from 'node:events'

import type { BootReply, BootRequest } from './boot.ts'
import { NitroCliFailure, reportFailure } from '../failure.ts'
import { launch } from './launch.ts'

delete process.env.NODE_COMPILE_CACHE
const [request] = await once(process, 'message') as [BootRequest]

try {
  const record = await launch(request, (text) => { reply({ kind: 'stderr', text }) })
  if (request.crashAfterMs !== undefined) setTimeout(crash, request.crashAfterMs)
  reply({ kind: 'running', record })
} catch (error) {
  const failure = error instanceof NitroCliFailure ? error : new NitroCliFailure('E36', String(error), { cause: error })
  reply({ kind: 'stderr', text: reportFailure(failure, 'Run Enclave', request.paths.logs) })
  reply({ kind: 'failed' })
  // A program that half started may still hold the process.
  process.once('disconnect', () => process.exit(1))
  if (!process.connected) process.exit(1)
}

/** What a kernel panic in the enclave comes to: the enclave process ends with it. */
function crash (): void {
  console.error('the enclave crashes: an injected fault')
  process.exit(1)
}

/** nitro-cli may be gone by now; the enclave stays. The last word ends the conversation. */
function reply (message: BootReply): void {
  if (!process.connected) return
  process.send?.(message, () => { if (message.kind !== 'stderr') process.disconnect() })
}
