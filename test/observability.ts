import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

import { findEnclaves } from '@enclave-signer/simulator'
import { test } from 'tap'
import type { Test } from 'tap'

import { writePrometheusConfig } from '../scripts/observe/prometheus-config.ts'
import { freePort } from './fixtures/port.ts'
import { startService } from './fixtures/service.ts'
import type { Service } from './fixtures/service.ts'
import { findTool } from '../scripts/test/find-tool.ts'

const folder = join(import.meta.dirname, '../docker/observability')
const skip = findTool('prometheus') === undefined ? 'prometheus is not installed' : false

/** What only a service with callers and TLS has, and this one has neither: no series, rather than a 0 that means nothing. */
const notHere = ['tls_certificate_expiry_timestamp_seconds', 'callers_refused_total', 'files_refused', 'files_refusals_total']

test('Prometheus\'s own tool finds no fault in the alert rules, and they alert when they should', { skip }, async t => {
  for (const args of [['check', 'rules', 'alerts.yaml'], ['test', 'rules', 'alerts.test.yaml'], ['check', 'config', 'prometheus.yaml']]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
    t.equal(status, 0, `promtool ${args.join(' ')}\n${stdout}${stderr}`)
  }
})

test('a real Prometheus scrapes the service, and every query of the dashboard has data after a load', { skip, timeout: 240_000 }, async t => {
  await using service = await startService()
  const input = await (await fetch(`${service.url}/metrics`)).text()
  const checked = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  t.equal(checked.status, 0, `promtool check metrics\n${checked.stdout}${checked.stderr}`)

  const prometheus = await startPrometheus(t, service)
  // What happens before the first scrape is no growth.
  while (!(await answersOf(prometheus, 'up')).includes('1')) await sleep(100)
  await makeEverythingHappen(service)
  for (const query of dashboardQueries()) {
    if (notHere.some(name => query.includes(`enclave_signer_${name}`))) t.same(await answersOf(prometheus, query), [], `none here: ${query}`)
    else t.ok(await hasData(prometheus, service, query), query)
  }
  const { data } = await (await fetch(`${prometheus}/api/v1/rules`)).json() as { data: { groups: { rules: { health: string }[] }[] } }
  const rules = data.groups.flatMap(group => group.rules)
  t.ok(rules.length >= 20)
  t.same(rules.filter(({ health }) => health === 'err'), [], 'no rule fails to evaluate')
})

test('npm run observe says how to install Prometheus where it is missing', async t => {
  t.match(await observe({ PATH: t.testdir(), PROMETHEUS_PORT: `${await freePort()}` }), { status: 1, stderr: /^prometheus is not installed.*apt-get install prometheus\n/ })
})

test('npm run observe names another port where its own is taken, or is none', { skip }, async t => {
  await using taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  t.match(await observe({ PROMETHEUS_PORT: `${port}` }), { status: 1, stderr: new RegExp(`^The port ${port} of 127.0.0.1 is taken.*\n.*PROMETHEUS_PORT=9099 npm run observe\n$`) })
  t.match(await observe({ PROMETHEUS_PORT: 'http' }), { status: 1, stderr: 'PROMETHEUS_PORT must be a whole number from 1 to 65535\n' })
})

test('npm run observe says where it looks for the service, and why it may not find it there', { skip, timeout: 60_000 }, async t => {
  const [PROMETHEUS_PORT, PORT] = [`${await freePort()}`, `${await freePort()}`]
  const ended = observe({ DATA_DIR: t.testdir(), PROMETHEUS_PORT, PORT, OPS_PORT: PORT }, child => {
    child.stdout.once('data', () => child.kill('SIGTERM'))
  })
  t.match(await ended, {
    status: 0,
    stdout: `Prometheus on http://127.0.0.1:${PROMETHEUS_PORT} watches http://127.0.0.1:${PORT}/metrics;`,
    stderr: new RegExp(`^http://127.0.0.1:${PORT}/metrics does not answer: .* OPS_PORT`),
  })
})

interface Observed {
  status: number | null
  stdout: string
  stderr: string
}

type Observer = ChildProcessByStdio<null, Readable, Readable>

/** Runs it to its end. */
async function observe (env: Record<string, string>, onStart: (child: Observer) => void = () => undefined): Promise<Observed> {
  const child: Observer = spawn(process.execPath, [join(import.meta.dirname, '../scripts/observe.ts')], {
    env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart(child)
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null]>])
  return { status, stdout, stderr }
}

/** Signatures that succeed and that do not, also with a slow key, an enclave that dies, a key that is loaded again. */
async function makeEverythingHappen (service: Service): Promise<void> {
  await service.post('/keys', { keyId: 'slow', keySpec: 'RSA_2048' })
  await sign(service, 20)
  for (const enclave of await findEnclaves(join(service.dataDir, 'simulator'))) await enclave.kill()
  for (let signed = false; !signed;) {
    const { status } = await service.post('/sign', { keyId: 'demo', message: 'aGk=' })
    signed = status === 200
    await sleep(100)
  }
}

async function sign (service: Service, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    await service.post('/sign', { keyId: 'demo', message: 'aGk=' })
    await service.post('/sign', { keyId: 'demo', message: 'aGk=', signingAlgorithm: 'ECDSA_SHA_384' })
    await service.post('/sign', { keyId: 'slow', message: 'aGk=' })
  }
}

async function startPrometheus (t: Test, service: Service): Promise<string> {
  const port = await freePort()
  const directory = t.testdir()
  const config = writePrometheusConfig(directory, new URL(service.url).host, '1s')
  const child = spawn('prometheus', [
    `--config.file=${config}`, `--storage.tsdb.path=${join(directory, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error',
  ], { stdio: 'ignore' })
  t.teardown(async () => {
    const exited = once(child, 'exit')
    child.kill()
    await exited
  })
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false))) await sleep(100)
  return url
}

function dashboardQueries (): string[] {
  const { panels } = JSON.parse(readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8')) as { panels: { targets?: { expr: string }[] }[] }
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '10s')))
}

/** A rate needs two scrapes around what happened: the load goes on meanwhile. */
async function hasData (prometheus: string, service: Service, query: string): Promise<boolean> {
  for (let tries = 0; tries < 60; tries++) {
    if ((await answersOf(prometheus, query)).some(figure => figure !== 'NaN')) return true
    await sign(service, 5)
    await sleep(500)
  }
  return false
}

async function answersOf (prometheus: string, query: string): Promise<string[]> {
  const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data, error } = await answer.json() as { data?: { result: { value: [number, string] }[] }, error?: string }
  if (data === undefined) throw new Error(`${query}: ${error}`)
  return data.result.map(({ value: [, figure] }) => figure)
}
