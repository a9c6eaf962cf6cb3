import { ConfigError } from './config/environment.ts'
import { configFromEnvironment, createEnclave } from './enclave.ts'
import { formatLogLine } from './log.ts'

process.on('uncaughtException', fail)

// In an enclave the end of this process is the end of the enclave, and the parent starts another one.
const enclave = await createEnclave(configFromEnvironment(process.env))

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => { enclave.close().catch(fail) })
}

await enclave.closed

/** Says no more than a code: an error's text and stack are not the console's to read. */
function fail (error: unknown): never {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL'
  const faults = error instanceof ConfigError ? { faults: error.faults } : {}
  console.error(formatLogLine({ level: 'error', event: 'enclave.failed', code, ...faults }))
  process.exit(1)
}
