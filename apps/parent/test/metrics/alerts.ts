import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { kmsCallOutcomes } from '@enclave-signer/protocol'
import { test } from 'tap'
import { parse } from 'yaml'

import { problemTable } from '../../src/problems/problem-table.ts'

interface Alert {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: Record<string, string>
}

const root = join(import.meta.dirname, '../../../..')
const { groups } = parse(readFileSync(join(root, 'docker/observability/alerts.yaml'), 'utf8')) as { groups: { rules: Alert[] }[] }
const alerts = groups.flatMap(({ rules }) => rules)

test('every alert says what happened, what it means, what to do and where more of that stands', t => {
  for (const { alert, annotations } of alerts) {
    t.same(Object.keys(annotations), ['summary', 'description', 'action', 'runbook'], alert)
    t.equal(annotations.runbook, `docs/metrics.md#${alert.toLowerCase()}`)
  }
  t.end()
})

test('docs/metrics.md has a section for each alert with its severity, in the order of the rules, and for no other', t => {
  const [, sections = ''] = readFileSync(join(root, 'docs/metrics.md'), 'utf8').split('\n## The alerts\n')
  const documented = [...sections.split('\n## ')[0]?.matchAll(/^### (\w+)\n\n`(\w+)`\. /gm) ?? []].map(([, name, severity]) => [name, severity])
  t.same(documented, alerts.map(({ alert, labels }) => [alert, labels.severity]))
  t.end()
})

/** Those of 5xx that do not make SignaturesFailing: a caller chooses them, or they have an alert of their own. */
const notOurs = ['DEADLINE_EXCEEDED', 'OVERLOADED', 'SHUTTING_DOWN', 'ISSUER_UNAVAILABLE']

test('a signature that fails for the service\'s sake counts for SignaturesFailing, whatever its code, and one that a caller can make fail does not', t => {
  const ours = matcherOf('SignaturesFailing', /outcome=~"([^"]+)"/)
  for (const [code, { status }] of Object.entries(problemTable)) t.equal(ours.test(code), status >= 500 && !notOurs.includes(code), code)
  t.notOk(ours.test('ok'))
  t.notOk(ours.test('ABORTED'))
  t.end()
})

test('calls to KMS count for KmsFailing unless they succeed or were given a ciphertext that is none', t => {
  const left = matcherOf('KmsFailing', /outcome!~"([^"]+)"/)
  t.same(kmsCallOutcomes.filter(outcome => left.test(outcome)), ['ok', 'KMS_INVALID_CIPHERTEXT'])
  t.end()
})

/** Prometheus's expressions are anchored. */
function matcherOf (name: string, where: RegExp): RegExp {
  const [, pattern = ''] = where.exec(alerts.find(({ alert }) => alert === name)?.expr ?? '') ?? []
  return new RegExp(`^(?:${pattern})$`)
}
