import { realpathSync } from 'node:fs'

import { sufferRelayFault } from '../../faults/relay-fault.ts'
import { simulatorDirectory } from '../../state/simulator-directory.ts'
import { parentCid, vsockPath } from '../vsock-path.ts'
import { parseSocatAddress, unixAddress, vsockAddressOf } from './address.ts'
import { findRealSocat } from './real-socat.ts'
import { createRelay } from './relay.ts'

const args = process.argv.slice(2)
const real = findRealSocat(process.env.PATH ?? '', realpathSync(process.argv[1] ?? ''))

// A process that has become the real one could not be made to die later.
const willDie = await sufferRelayFault(process.env.NITRO_SIMULATOR_DIR, 'socat')

if (real === undefined || willDie) relay(args)
else becomeRealSocat(real, args.map(translate))

/** This process turns into the real one, so that its id, signals and exit status are the real one's. */
function becomeRealSocat (path: string, translated: readonly string[]): void {
  if (process.execve === undefined) fail('this Node cannot replace itself with another program')
  process.execve(path, [path, ...translated], process.env)
}

function translate (argument: string): string {
  const address = vsockAddressOf(parseSocatAddress(argument), parentCid)
  return address ? unixAddress(argument, address.listens, socketOf(address)) : argument
}

function socketOf ({ cid, port }: { cid: number, port: number }): string {
  return vsockPath(simulatorDirectory(process.env).directory, cid, port)
}

/** The one form that the parent uses, where the real socat is not used. */
function relay (given: readonly string[]): void {
  const [listener, target, ...rest] = given.filter((argument) => !argument.startsWith('-')).map(parseSocatAddress)
  const vsock = target && vsockAddressOf(target, parentCid)
  if (!/^tcp4?-l(?:isten)?$/.test(listener?.type ?? '') || !listener || !vsock || vsock.listens || rest.length > 0) {
    fail('the simulated socat relays tcp-listen to vsock-connect only; anything else needs socat installed')
  }
  const path = socketOf(vsock)
  const server = createRelay(path, { once: !listener.options.has('fork'), report: (error) => { warn(`connect: ${error.message}`) } })
  server.on('error', (error) => { fail(`bind: ${error.message}`) })
  server.listen({ port: Number(listener.parameters[0]), host: listener.options.get('bind') ?? '0.0.0.0' })
}

/** socat's own form of a message. */
function warn (message: string): void {
  process.stderr.write(`${new Date().toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/')} socat[${process.pid}] E ${message}\n`)
}

function fail (message: string): never {
  warn(message)
  process.exit(1)
}
