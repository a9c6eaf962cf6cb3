import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { tlsCheck } from '../../../src/doctor/checks/tls.ts'
import type { Finding } from '../../../src/doctor/finding.ts'
import { createAuthority, daysFromNow } from '../../fixtures/authority.ts'
import { examineWith } from '../fixtures/examine.ts'

async function examine (t: Test, days: number): Promise<Finding> {
  const { certificate, key } = createAuthority('an authority').issue({ commonName: 'x', usage: 'server', notBefore: daysFromNow(-90), notAfter: daysFromNow(days) })
  const directory = t.testdir({ certificate, key })
  return await examineWith(tlsCheck, { env: { TLS_CERT_FILE: join(directory, 'certificate'), TLS_KEY_FILE: join(directory, 'key') } })
}

test('without TLS there is nothing to look at', async t => {
  t.match(await examineWith(tlsCheck), { status: 'ok', summary: /^not needed: / })
})

test('a certificate is ok, warned of two weeks before it ends, and has failed after', async t => {
  t.match(await examine(t, 60), { status: 'ok', summary: /^the certificate expires at /, facts: { expiresAt: /Z$/ } })
  t.match(await examine(t, 13.5), { status: 'warning', summary: /^the certificate expires in 13 days, at /, advice: /^replace / })
  t.match(await examine(t, -1), { status: 'failed', summary: /^the certificate expired at / })
})

test('files that do not fit together have failed', async t => {
  const directory = t.testdir({ certificate: '', key: '' })
  t.match(await examineWith(tlsCheck, { env: { TLS_CERT_FILE: join(directory, 'certificate'), TLS_KEY_FILE: join(directory, 'key') } }), {
    status: 'failed', summary: 'the service would refuse it: 2 faults', facts: { faults: [/^TLS_CERT_FILE/, /^TLS_KEY_FILE/] },
  })
})
