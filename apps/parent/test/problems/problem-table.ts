import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { problemTable } from '../../src/problems/problem-table.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/http-api.md'), 'utf8')

test('docs/http-api.md has every code with its status, its meaning and what to do, word for word, and no other code', async t => {
  const table = page.slice(page.indexOf('| code | status |')).split('\n').slice(2).filter(line => line.startsWith('|'))
  const expected = Object.entries(problemTable).map(([code, { status, statusOnImport, title, advice, retryAfter }]) => {
    const statuses = statusOnImport === undefined ? `${status}` : `${status}; on import ${statusOnImport}`
    return `| \`${code}\` | ${statuses} | ${title}. | ${advice} | ${retryAfter ?? ''} |`
  })
  t.same(table, expected)
})

test('every code that the page speaks of is one', async t => {
  const codes = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = '']) => code)
  const others = /^(ECC|RSA|RSASSA|ECDSA|IDEMPOTENCY_WINDOW_MS|REQUEST_TIMEOUT_MAX_MS)/
  for (const code of codes.filter(name => !others.test(name))) t.ok(Object.hasOwn(problemTable, code), code)
})
