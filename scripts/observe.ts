/** `npm run observe`: a local Prometheus that scrapes a running service and evaluates the alert rules, until Ctrl-C. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { concernAbout } from './observe/concern.ts'
import { obstacleTo } from './observe/obstacle.ts'
import { writePrometheusConfig } from './observe/prometheus-config.ts'

const dataDir = resolve(process.env.DATA_DIR ?? 'data', 'prometheus')
const target = `127.0.0.1:${process.env.OPS_PORT ?? process.env.PORT ?? '8080'}`
const port = Number(process.env.PROMETHEUS_PORT ?? '9090')

process.exitCode = await main()

async function main (): Promise<number> {
  const obstacle = await obstacleTo(port)
  if (obstacle !== undefined) {
    process.stderr.write(`${obstacle}\n`)
    return 1
  }
  const concern = await concernAbout(`http://${target}/metrics`)
  if (concern !== undefined) process.stderr.write(`${concern}\n`)
  return await run(`127.0.0.1:${port}`)
}

async function run (address: string): Promise<number> {
  mkdirSync(dataDir, { recursive: true })
  const prometheus = spawn('prometheus', [
    `--config.file=${writePrometheusConfig(dataDir, target)}`,
    `--storage.tsdb.path=${join(dataDir, 'tsdb')}`,
    `--web.listen-address=${address}`,
    '--log.level=warn',
  ], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { prometheus.kill(signal) })
  prometheus.on('spawn', () => {
    process.stdout.write(`Prometheus on http://${address} watches http://${target}/metrics; alerts on http://${address}/alerts. Ctrl-C stops it.\n`)
  })
  const [code] = await once(prometheus, 'exit') as [number | null]
  return code ?? 0
}
