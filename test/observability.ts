import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

test('Prometheus\'s own tool finds no fault in the alert rules, and they alert when they should', { skip }, async t => {
  for (const args of [['check', 'rules', 'alerts.yaml'], ['test', 'rules', 'alerts.test.yaml'], ['check', 'config', 'prometheus.yaml']]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
    t.equal(status, 0, `promtool ${args.join(' ')}\n${stdout}${stderr}`)
  }
})

test('a real Prometheus scrapes the service, and every query of the dashboard has data after a load', { skip, timeout: 240_000 }, async t => {
  await using service = await startService()
  const text = await (await fetch(`${service.url}/metrics`)).text()
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  t.equal(checked.status, 0, `promtool check metrics\n${checked.stdout}${checked.stderr}`)

  const prometheus = await startPrometheus(t, service)
  await makeEverythingHappen(service)
  for (const query of dashboardQueries()) {
    t.ok(await hasData(prometheus, service, query), query)
  }
  const { data } = await (await fetch(`${prometheus}/api/v1/rules`)).json() as { data: { groups: { rules: { health: string }[] }[] } }
  const rules = data.groups.flatMap(group => group.rules)
  t.ok(rules.length >= 15)
  t.same(rules.filter(({ health }) => health === 'err'), [], 'no rule fails to evaluate')
})

/** Signatures that succeed and that do not, an enclave that dies, a key that is loaded again. */
async function makeEverythingHappen (service: Service): Promise<void> {
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
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$instance', '.*')))
}

/** A rate needs two scrapes around what happened: the load goes on meanwhile. */
async function hasData (prometheus: string, service: Service, query: string): Promise<boolean> {
  for (let tries = 0; tries < 60; tries++) {
    const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { data } = await answer.json() as { data: { result: { value: [number, string] }[] } }
    if (data.result.some(({ value: [, figure] }) => figure !== 'NaN')) return true
    await sign(service, 5)
    await sleep(500)
  }
  return false
}
