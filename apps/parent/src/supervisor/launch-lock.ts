import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { link, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

import { messageOf } from '../errors.ts'
import { aborted, unlessAborted, wait } from '../wait.ts'

/*
 * One enclave of a host boots at a time: every boot needs vsock port 9000 of the parent instance (nitro-cli, resource_manager.rs), and a
 * second one fails with E36. Parents in several containers of a host take turns by this lock.
 *
 * Node has no flock(2), and a pid in a lock file means nothing to another container: containers do not share pids. A lock file with a
 * heartbeat needs a time after which its holder counts as dead, which is too long after every crash and too short in every stall. So the
 * lock file is a Unix socket on which its holder listens: the kernel refuses a connection to it the moment the holder's process is gone,
 * whatever namespaces that was in, and who waits keeps a connection whose end is the holder's release or death. Taking it is link(2),
 * which fails where the name exists; the socket listens before it gets the name, so that a refused connection always means a dead holder.
 *
 * Two waiters that find the same dead holder could remove each other's new lock: each moves what it found aside and looks again before it
 * throws it away. What that leaves, a third taking the lock in those microseconds, leads to two boots at once: E36, which is tried again.
 * For the same reason a lock that cannot be used at all (no such folder, a file system without sockets) is reported and done without.
 */

/** What taking the lock needs. */
export interface LaunchLockOptions {
  path: string
  /** Who takes it, for those who wait: the enclave's name. */
  holder: string
  /** Told why the lock is not to be had yet. */
  onWait: (reason: string) => void
  /** Told that the launch goes on without the lock. */
  onUnusable: (reason: string) => void
  signal: AbortSignal
  /** After which the launch goes on without the lock, in milliseconds; the longest boot takes ten minutes. */
  mostWaitMs?: number
  /** How long a holder may take to say its name before it counts as frozen, in milliseconds. */
  greetingMs?: number
}

/** Held until it is disposed of; disposing again does nothing. */
export type LaunchLock = AsyncDisposable

const defaultMostWaitMs = 12 * 60_000
const defaultGreetingMs = 5000
const pollMs = 500

/**
 * Takes the lock, waiting for its turn.
 *
 * @throws the signal's reason when it aborts first.
 */
export async function takeLaunchLock (options: LaunchLockOptions): Promise<LaunchLock> {
  const { path, holder, signal, onUnusable, mostWaitMs = defaultMostWaitMs } = options
  const own = `${path}.${randomBytes(4).toString('hex')}`
  let held: HeldLock | undefined
  try {
    held = await HeldLock.listen(own, path, holder)
    const late = AbortSignal.any([signal, AbortSignal.timeout(mostWaitMs)])
    while (!await held.take()) {
      if (late.aborted) throw new Error(`it was not to be had within ${mostWaitMs} ms`)
      await waitForRelease(options, late)
    }
    return held
  } catch (error) {
    await held?.[Symbol.asyncDispose]()
    signal.throwIfAborted()
    onUnusable(messageOf(error))
    return { [Symbol.asyncDispose]: () => Promise.resolve() }
  }
}

/** A listening socket, first under a name of its own, then under the lock's. */
class HeldLock implements LaunchLock {
  readonly #server: Server
  readonly #connections = new Set<Socket>()
  readonly #own: string
  readonly #path: string
  #inode: number | undefined

  private constructor (own: string, path: string, holder: string) {
    this.#own = own
    this.#path = path
    this.#server = createServer(connection => {
      this.#connections.add(connection)
      connection.on('error', () => undefined).on('close', () => this.#connections.delete(connection)).write(`${holder}\n`)
    })
  }

  static async listen (own: string, path: string, holder: string): Promise<HeldLock> {
    const lock = new HeldLock(own, path, holder)
    // Readable and writable by all: parents of other users must be able to see that it is held.
    lock.#server.listen({ path: own, readableAll: true, writableAll: true })
    await once(lock.#server, 'listening')
    lock.#server.unref()
    return lock
  }

  /** False where somebody else has it. */
  async take (): Promise<boolean> {
    try {
      await link(this.#own, this.#path)
      this.#inode = (await stat(this.#own)).ino
      await rm(this.#own, { force: true })
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    if (this.#inode !== undefined && await inodeOf(this.#path) === this.#inode) await rm(this.#path, { force: true })
    this.#inode = undefined
    for (const connection of this.#connections) connection.destroy()
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }
}

/** Returns when it makes sense to try again: the holder has let go, or was found dead or frozen and its lock removed. */
async function waitForRelease ({ path, onWait, greetingMs = defaultGreetingMs }: LaunchLockOptions, late: AbortSignal): Promise<void> {
  const visit = await visitHolder(path)
  if (typeof visit === 'string') {
    if (visit === 'ECONNREFUSED') await removeDead(path)
    else if (visit !== 'ENOENT') await pause(onWait, `the launch lock ${path} cannot be looked at (${visit})`, late)
    return
  }
  using connection = visit
  const name = await connection.greeting(greetingMs, late)
  if (late.aborted) return
  if (name === undefined) {
    await rm(path, { force: true })
    return
  }
  onWait(`${name} is booting an enclave on this host: one at a time`)
  await unlessAborted(connection.closed, late)
}

async function pause (onWait: LaunchLockOptions['onWait'], reason: string, late: AbortSignal): Promise<void> {
  onWait(reason)
  await wait(pollMs, late).catch(() => undefined)
}

interface Visit extends Disposable {
  /** The holder's name; undefined where it did not say one in time though it still holds the lock. */
  greeting: (ms: number, signal: AbortSignal) => Promise<string | undefined>
  closed: Promise<void>
}

/** A connection to the holder, or the system's code of why there is none. */
async function visitHolder (path: string): Promise<Visit | string> {
  const socket = connect({ path })
  try {
    await once(socket, 'connect')
  } catch (error) {
    return codeOf(error)
  }
  const closed = new Promise<void>(resolve => { socket.on('error', () => undefined).once('close', () => { resolve() }) })
  const said = new Promise<string>(resolve => { socket.once('data', (data: Buffer) => { resolve(data.toString('utf8').trim().slice(0, 200)) }) })
  return {
    closed,
    greeting: async (ms, signal) => await Promise.race([
      said, closed.then(() => 'another parent'), aborted(AbortSignal.any([signal, AbortSignal.timeout(ms)])).then(() => undefined),
    ]),
    [Symbol.dispose]: () => { socket.destroy() },
  }
}

/** What was moved aside is put back where it turns out to be somebody's after all. */
async function removeDead (path: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}.dead`
  await rename(path, aside).catch(() => undefined)
  const visit = await visitHolder(aside)
  if (typeof visit !== 'string') {
    visit[Symbol.dispose]()
    await link(aside, path).catch(() => undefined)
  }
  await rm(aside, { force: true })
}

async function inodeOf (path: string): Promise<number | undefined> {
  return await stat(path).then(({ ino }) => ino, () => undefined)
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
}
