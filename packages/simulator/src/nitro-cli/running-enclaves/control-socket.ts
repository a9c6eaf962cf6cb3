import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import type { SimulatorPaths } from '../../state/simulator-directory.ts'
import { slotOf } from './enclave-record.ts'

/**
 * Every enclave process listens on a socket of its own, as nitro-cli's do under /run/nitro_enclaves: who is there is alive, and is asked
 * instead of signalled. One command a connection: a line of text; the answer is JSON, up to the end of the stream.
 */
export type ControlCommand = 'describe' | 'terminate' | 'watch'

/** An enclave process that cannot be reached: it has ended, or never was. `ETIMEDOUT`: it is there and does not answer. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly code: string

  constructor (code: string, options?: ErrorOptions) {
    super(`the enclave process does not answer: ${code}`, options)
    this.code = code
  }
}

/** Answers a command; with undefined the connection stays open until the process ends. */
export type CommandHandler = (command: string, socket: Socket) => Promise<unknown>

/** The socket of an enclave's process. */
export function controlPath (paths: SimulatorPaths, enclaveId: string): string {
  return join(paths.vsock, `${slotOf(enclaveId)}.sock`)
}

/**
 * Asks an enclave's process and reads its answer.
 *
 * @param timeoutMs - After which an answer is given up. Default: never.
 * @throws ControlError when there is no process or no answer.
 */
export async function askEnclave (path: string, command: ControlCommand, timeoutMs?: number): Promise<unknown> {
  const socket = await connect(path)
  if (timeoutMs !== undefined) socket.setTimeout(timeoutMs, () => socket.destroy(new ControlError('ETIMEDOUT')))
  socket.end(`${command}\n`)
  try {
    const answer: unknown = JSON.parse(await text(socket))
    return answer
  } catch (cause) {
    throw cause instanceof ControlError ? cause : new ControlError('ECONNRESET', { cause })
  }
}

/** A connection that ends when the enclave's process does. */
export async function watchEnclave (path: string): Promise<Socket> {
  const socket = await connect(path)
  socket.end('watch\n')
  return socket.resume()
}

async function connect (path: string): Promise<Socket> {
  const socket = createConnection({ path, allowHalfOpen: true })
  try {
    await once(socket, 'connect')
  } catch (cause) {
    throw new ControlError(cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN', { cause })
  }
  socket.on('error', () => undefined)
  return socket
}

/** Listens for commands at a path. */
export async function listenForCommands (path: string, handle: CommandHandler): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => { serve(socket, handle).catch(() => socket.destroy()) })
  server.listen(path)
  await once(server, 'listening')
  return server
}

async function serve (socket: Socket, handle: CommandHandler): Promise<void> {
  socket.on('error', () => undefined)
  const answer = await handle((await text(socket)).trim(), socket)
  if (answer !== undefined) socket.end(JSON.stringify(answer))
}
