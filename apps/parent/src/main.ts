import { ConfigError } from './config/config-error.ts'
import { createConfig } from './config/config.ts'
import { readEnvironment } from './config/environment.ts'
import { messageOf } from './errors.ts'
import { createParent } from './parent.ts'
import type { Parent } from './parent.ts'

/** The process edge: environment in, exit status out. 0 after a stop that was asked for; 1 when the service could not start. */
const stopping = new AbortController()
let parent: Parent | undefined

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    // Whoever asks twice does not want to wait.
    if (stopping.signal.aborted) process.exit(name === 'SIGTERM' ? 143 : 130)
    stopping.abort(new Error(name))
  })
}

process.on('SIGHUP', () => { parent?.reload().catch(() => undefined) })

try {
  const config = createConfig(readEnvironment(process.env))
  parent = await createParent(config, { signal: stopping.signal })
  await parent.closed
  process.exit(0)
} catch (error) {
  const message = error instanceof ConfigError ? error.message : `enclave-signer could not start: ${messageOf(error)}`
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
