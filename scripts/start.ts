/** `npm start`: the parent, unchanged, on a simulated Nitro host, until Ctrl-C or SIGTERM. */
import { mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

import { startSimulatedHost } from '@enclave-signer/simulator'

import { spawnParent } from './start/parent-process.ts'
import { createDemoKey, isTaken, waitUntilReady } from './start/readiness.ts'
import { writeSimulatorEnvironment } from './start/simulator-environment.ts'

const dataDir = resolve(process.env.DATA_DIR ?? 'data')
const url = `http://${process.env.HOST ?? '127.0.0.1'}:${process.env.PORT ?? '8080'}`

const stopping = Promise.withResolvers<undefined>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { stopping.resolve(undefined) })

process.exitCode = await main()

async function main (): Promise<number> {
  if (await isTaken(url)) {
    process.stderr.write(`enclave-signer: something else listens on ${url} already; choose another PORT\n`)
    return 1
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  say('starting the simulated Nitro host …')
  const region = process.env.AWS_REGION
  const host = await startSimulatedHost({ directory: join(dataDir, 'simulator'), ...(region !== undefined && { region }) })
  try {
    writeSimulatorEnvironment(join(dataDir, 'simulator.env'), host.clientEnvironment)
    const parent = spawnParent({ dataDir, host })
    const ready = waitUntilReady(url, { onState: state => { say(`${state} …`) }, signal: parent.exited })
    const first = await Promise.race([ready, stopping.promise, parent.exit])
    if (first === 'ready') {
      await createDemoKey(url)
      welcome()
      await Promise.race([stopping.promise, parent.exit])
    }
    return await parent.stop()
  } finally {
    await host.terminateEnclaves()
    await host.close()
  }
}

function say (message: string): void {
  process.stdout.write(`enclave-signer: ${message}\n`)
}

function welcome (): void {
  const path = (name: string): string => relative('.', join(dataDir, name)) || '.'
  process.stdout.write(`
enclave-signer is ready on ${url}

  HTTP API   ${url}/docs
  status     ${url}/enclave/status
  log        ${path('parent.log')}
  KMS        set -a; . ${path('simulator.env')}; set +a; aws kms describe-key --key-id $KMS_KEY_ARN

Sign with the key "demo":

  curl -s ${url}/sign -H 'content-type: application/json' -d '{"keyId":"demo","message":"aGVsbG8="}'

Ctrl-C stops everything.
`)
}
