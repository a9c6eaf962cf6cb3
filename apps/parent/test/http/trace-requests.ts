import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'

import type { TraceContext } from '../../src/tracing/trace-context.ts'
import type { RequestFacts, Tracing } from '../../src/tracing/tracing.ts'
import { generate, pkcs8Of } from '../fixtures/fake-enclave.ts'
import { createService, post } from '../fixtures/service.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${parentId}-01`

test('a failed request is logged under the trace of its caller', async t => {
  const { app, enclave, logLines } = await createService(t)
  await post(app, '/keys', { keyId: 'k', keySpec: 'ECC_NIST_P256' })
  enclave.overrides.sign = () => { throw new EnclaveError('KMS_FAILED', 'KMS failed') }
  await app.inject({ method: 'POST', url: '/sign', payload: { keyId: 'k', message: 'aGk=' }, headers: { traceparent } })
  t.equal(logLines.filter(line => line.includes('request failed') && line.includes(`"traceId":"${traceId}"`)).length, 1)
})

test('a key that is made or imported is logged under its request and the trace of its caller', async t => {
  const { app, enclave, logLines } = await createService(t)
  const headers = { traceparent, 'x-request-id': 'r-1' }
  const ciphertextBlob = enclave.encrypt('imported', 'ECC_NIST_P256', pkcs8Of(generate('ECC_NIST_P256').privateKey))
  await app.inject({ method: 'POST', url: '/keys', payload: { keyId: 'made', keySpec: 'ECC_NIST_P256' }, headers })
  await app.inject({ method: 'POST', url: '/keys/import', payload: { keyId: 'imported', keySpec: 'ECC_NIST_P256', ciphertextBlob }, headers })
  await post(app, '/keys', { keyId: 'untraced', keySpec: 'ECC_NIST_P256' })
  const lines = logLines.map(line => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'key stored')
  t.match(lines, [
    { keyId: 'made', requestId: 'r-1', traceId }, { keyId: 'imported', requestId: 'r-1', traceId }, { keyId: 'untraced', requestId: /./, traceId: undefined },
  ])
  for (const method of ['generateKey', 'loadKey']) {
    t.match(enclave.calls.find(call => call.method === method)?.options, { context: { traceId } }, `${method} tells the enclave the trace`)
  }
})

test('requests become spans under their routes, probes and scrapes do not', async t => {
  const inner: string[] = []
  const spans: { facts: RequestFacts, parent: TraceContext | undefined, status?: number }[] = []
  const tracing: Tracing = {
    begin: (facts, parent) => {
      const span: (typeof spans)[number] = { facts, parent }
      spans.push(span)
      return {
        traceId,
        around: async (name, work) => {
          inner.push(name)
          return await work()
        },
        end: status => { span.status = status }
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  const { app, enclave } = await createService(t, { tracing })
  for (const url of ['/livez', '/readyz', '/metrics', '/enclave']) await app.inject({ method: 'GET', url })
  await app.inject({ method: 'GET', url: '/keys/nobody', headers: { traceparent, 'x-request-id': 'r-1' } })
  t.same(spans, [{
    facts: { method: 'GET', route: '/keys/:keyId', requestId: 'r-1' }, parent: { traceId, parentId, sampled: true }, status: 404,
  }])
  await post(app, '/keys', { keyId: 'k', keySpec: 'ECC_NIST_P256' })
  await post(app, '/sign', { keyId: 'k', message: 'aGk=' })
  t.same(inner, ['enclave sign'])
  t.match(enclave.calls.find(({ method }) => method === 'sign')?.options, { context: { traceId } }, 'and the enclave is told the trace')
  t.same(spans.map(({ facts }) => facts.route), ['/keys/:keyId', '/keys', '/sign'])
})
