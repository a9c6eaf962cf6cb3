import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { enclaveStateNames } from '../../src/supervisor/enclave-state.ts'

interface Defaults {
  color?: { mode: string }
  thresholds?: { steps: { color: string }[] }
  mappings?: { options: Record<string, { text: string }> }[]
}

interface Panel {
  type: string
  title: string
  targets?: { expr: string, legendFormat: string }[]
  fieldConfig?: { defaults: Defaults }
}

const file = join(import.meta.dirname, '../../../../docker/observability/grafana-dashboard.json')
const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: Panel[] }
const targets = panels.flatMap(({ type, title, targets = [] }) => targets.map(target => ({ type, title, ...target })))

test('every figure of the dashboard has thresholds of its own: Grafana\'s turn red at 80, whatever is counted', t => {
  for (const { title, fieldConfig } of panels.filter(({ type }) => type === 'stat')) {
    t.equal(fieldConfig?.defaults.color?.mode, 'thresholds', title)
    t.ok((fieldConfig?.defaults.thresholds?.steps.length ?? 0) >= 1, title)
  }
  t.end()
})

test('no window of the dashboard is shorter than the scrapes are apart: it is Grafana\'s, or five minutes and more', t => {
  for (const { title, expr } of targets) {
    for (const [, window] of expr.matchAll(/\[([^\]]+)\]/g)) t.ok(['$__rate_interval', '5m', '15m', '24h'].includes(window ?? ''), `${title}: ${window}`)
  }
  t.end()
})

test('lines of several hosts have names that tell them apart', t => {
  for (const { title, expr, legendFormat } of targets.filter(({ type }) => type !== 'stat')) {
    for (const label of linesBy(expr)) t.ok(legendFormat.includes(`{{${label}}}`), `${title}: ${legendFormat} names the ${label}`)
  }
  t.end()
})

test('the dashboard shows the state of an enclave by its name', t => {
  const state = panels.find(({ type }) => type === 'state-timeline')
  const names = Object.entries(state?.fieldConfig?.defaults.mappings?.[0]?.options ?? {}).map(([figure, { text }]) => `state="${text}" * ${figure}`)
  t.same(names, enclaveStateNames.map((name, index) => `state="${name}" * ${index + 1}`))
  const expr = state?.targets?.[0]?.expr ?? ''
  t.same([...expr.matchAll(/(state="[a-z-]+"),[^}]+\}( \* \d+)/g)].map(([, name = '', figure = '']) => name + figure), names)
  t.end()
})

/** What the lines of an expression differ by: what it is summed by, or at least the host. */
function linesBy (expr: string): string[] {
  if (!/\b(?:sum|min|max)\b/.test(expr)) return ['instance']
  const [, labels = ''] = /\bby \(([^)]+)\)/.exec(expr) ?? []
  return labels.split(', ').filter(label => label !== '' && label !== 'le')
}
