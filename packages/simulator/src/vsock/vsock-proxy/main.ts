import { readFileSync } from 'node:fs'

import { ClapExit } from '../../command-line/clap.ts'
import { sufferRelayFault } from '../../faults/relay-fault.ts'
import { readHostFile } from '../../state/host-file.ts'
import { simulatorDirectory } from '../../state/simulator-directory.ts'
import { listenOnSocket } from '../listen.ts'
import { parentCid, vsockPath } from '../vsock-path.ts'
import { isOnDefaultList, parseAllowlist } from './allowlist.ts'
import { readProxyOptions } from './options.ts'
import type { ProxyOptions } from './options.ts'
import { createProxyServer } from './proxy.ts'

/** Silent unless asked, as env_logger is. */
const logs = /\b(?:info|debug|trace)\b/.test(process.env.RUST_LOG ?? '')

try {
  await main(readProxyOptions(process.argv.slice(2)))
} catch (error) {
  fail(error)
}

async function main (options: ProxyOptions): Promise<void> {
  const paths = simulatorDirectory(process.env)
  await sufferRelayFault(paths.directory, 'vsock-proxy')
  log('Checking allowlist configuration')
  checkAllowlist(options)
  const server = createProxyServer({ workers: options.workers, resolve: () => resolve(options, paths.hostFile), log })
  await listenOnSocket(server, vsockPath(paths.directory, parentCid, options.localPort)).catch(() => {
    throw new Error(`Could not listen for connections: Could not bind to VsockAddr { cid: ${parentCid}, port: ${options.localPort} }`)
  })
  log('Proxy is now in listening state')
  server.on('error', (error) => { fail(new Error(`Could not accept connection: ${error.message}`)) })
}

function checkAllowlist ({ configFile, remoteAddress, remotePort }: ProxyOptions): void {
  const service = { address: remoteAddress, port: remotePort }
  const allowed = configFile === undefined
    ? isOnDefaultList(service)
    : readAllowlist(configFile).some(({ address, port }) => address === remoteAddress && port === remotePort)
  if (!allowed) throw new Error('Error at checking the allowlist: The given address and port are not allowed')
}

function readAllowlist (path: string): ReturnType<typeof parseAllowlist> {
  let yaml: string
  try {
    yaml = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error('Error at checking the allowlist: Could not open the file', { cause })
  }
  return parseAllowlist(yaml)
}

/** The host's file is read anew each time: a simulated service may have moved to another port. */
function resolve ({ remoteAddress, remotePort }: ProxyOptions, hostFile: string): { host: string, port: number } {
  const target = readHostFile(hostFile).hosts[`${remoteAddress}:${remotePort}`]
  if (target === undefined) throw new Error('DNS lookup failed!')
  const colon = target.lastIndexOf(':')
  return { host: target.slice(0, colon), port: Number(target.slice(colon + 1)) }
}

function log (line: string): void {
  if (logs) process.stderr.write(`[${new Date().toISOString()} INFO  vsock_proxy] ${line}\n`)
}

/** How a Rust program's `main` reports an error. */
function fail (error: unknown): never {
  if (error instanceof ClapExit) {
    const stream = error.exitCode === 0 ? process.stdout : process.stderr
    stream.write(`${error.message}\n`)
    process.exit(error.exitCode)
  }
  process.stderr.write(`Error: ${JSON.stringify(error instanceof Error ? error.message : String(error))}\n`)
  process.exit(1)
}
