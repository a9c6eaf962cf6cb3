/** `npm start`: the parent, unchanged, on a simulated Nitro host, until Ctrl-C or SIGTERM. */
import { mkdirSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join, resolve } from 'node:path'

import { startSimulatedHost } from '@enclave-signer/simulator'

import type { ParentAddress } from './start/ask.ts'
import { spawnParent } from './start/parent-process.ts'
import { createDemoKey, isTaken, waitUntilReady } from './start/readiness.ts'
import { writeSimulatorEnvironment } from './start/simulator-environment.ts'
import { welcome } from './start/welcome.ts'

const dataDir = resolve(process.env.DATA_DIR ?? 'data')
const certFile = process.env.TLS_CERT_FILE
const { HOST: host = '127.0.0.1', PORT: port = '8080' } = process.env
const url = `${certFile === undefined ? 'http' : 'https'}://${isIPv6(host) ? `[${host}]` : host}:${port}`
const address: ParentAddress = { url, certFile }

const stopping = Promise.withResolvers<undefined>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { stopping.resolve(undefined) })

process.exitCode = await main()

async function main (): Promise<number> {
  if (await isTaken(host, Number(port))) {
    process.stderr.write(`enclave-signer: something else listens on ${url} already; choose another PORT\n`)
    return 1
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  say('starting the simulated Nitro host …')
  const region = process.env.AWS_REGION
  const nitro = await startSimulatedHost({ directory: join(dataDir, 'simulator'), ...(region !== undefined && { region }) })
  try {
    writeSimulatorEnvironment(join(dataDir, 'simulator.env'), nitro.clientEnvironment)
    await using parent = spawnParent({ dataDir, host: nitro })
    const ready = waitUntilReady(address, { onState: state => { say(`${state} …`) }, signal: parent.exited })
    const first = await Promise.race([ready, stopping.promise, parent.exit])
    if (first === 'ready') {
      process.stdout.write(welcome(address, { dataDir, demoKey: await createDemoKey(address) }))
      await Promise.race([stopping.promise, parent.exit])
    }
    return await parent.stop()
  } finally {
    await nitro.terminateEnclaves()
    await nitro.close()
  }
}

function say (message: string): void {
  process.stdout.write(`enclave-signer: ${message}\n`)
}
