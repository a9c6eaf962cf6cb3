import { writeFileAtomically } from '../../state/atomic-file.ts'
import type { SimulatorPaths } from '../../state/simulator-directory.ts'
import { controlPath, listenForCommands } from '../running-enclaves/control-socket.ts'
import type { EnclaveRecord } from '../running-enclaves/enclave-record.ts'
import type { RunningProgram } from './program.ts'
import { forgetEnclave, recordPath, removeSocketsOf } from '../running-enclaves/running-enclaves.ts'

/** The signals on which nitro-cli's enclave process stops its enclave (src/common/signal_handler.rs). */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const

/**
 * From now on this process is a running enclave: it is found by describe-enclaves, ends on command or signal with exit status 0, and with 1
 * when its program ends by itself. Resolves when it can be found.
 */
export async function liveAs (record: EnclaveRecord, program: RunningProgram, paths: SimulatorPaths): Promise<void> {
  process.on('exit', () => {
    forgetEnclave(paths, record.enclaveId)
    removeSocketsOf(paths, record.enclaveCid)
  })
  let stopping = false
  const stop = async (): Promise<void> => {
    stopping = true
    await program.close()
    forgetEnclave(paths, record.enclaveId)
  }
  const exit = (code: number) => (): void => { process.exit(code) }
  for (const signal of stopSignals) process.once(signal, () => { stop().then(exit(0), exit(1)) })
  const onEnd = (error?: unknown): void => {
    if (error !== undefined) console.error(error)
    if (!stopping) process.exit(1)
  }
  program.closed.then(() => { onEnd() }, onEnd)
  const server = await listenForCommands(controlPath(paths, record.enclaveId), async (command, socket) => {
    if (command === 'describe') return record
    if (command !== 'terminate') return undefined
    await stop()
    socket.once('close', exit(0))
    return record
  })
  server.unref()
  await writeFileAtomically(recordPath(paths, record.enclaveId), `${JSON.stringify(record, null, 2)}\n`)
}
