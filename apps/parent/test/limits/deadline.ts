import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'

import { Deadline } from '../../src/limits/deadline.ts'

/** As much of a response as a deadline looks at. */
class Response extends EventEmitter {
  destroyed = false
  writableFinished = false

  close (): void {
    this.destroyed = true
    this.emit('close')
  }
}

/** A deadline that is over. */
async function over (options: { watched?: boolean } = {}): Promise<Deadline> {
  const deadline = new Deadline({ timeoutMs: 1, ...options })
  while (deadline.remainingMs() > 0) await sleep(1)
  return deadline
}

const exceeded = { name: 'ProtocolError', code: 'DEADLINE_EXCEEDED', message: 'the request\'s 1 ms are over' }
const gone = { name: 'ProtocolError', code: 'ABORTED', message: 'the caller has gone' }

test('an enclave is asked with the time that is left, in whole milliseconds, and the trace', async t => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const deadline = new Deadline({ timeoutMs: 60_000 })
  const { context } = deadline.requestOptions(traceId)
  t.equal(context?.traceId, traceId)
  t.ok(Number.isInteger(context?.timeoutMs) && (context?.timeoutMs ?? 0) <= 60_000 && (context?.timeoutMs ?? 0) > 50_000)
  t.notOk('traceId' in (deadline.requestOptions().context ?? {}))
})

test('when the time is over no enclave is asked', async t => {
  const deadline = await over()
  t.equal(deadline.remainingMs(), 0)
  t.throws(() => { deadline.check() }, exceeded)
  await t.rejects(deadline.ask(() => { throw new Error('asked') }), exceeded)
})

test('for a caller who has gone no enclave is asked', async t => {
  const response = new Response()
  const deadline = new Deadline({ timeoutMs: 60_000, response })
  t.doesNotThrow(() => { deadline.check() })
  response.close()
  t.throws(() => { deadline.check() }, gone)
  await t.rejects(deadline.ask(() => { throw new Error('asked') }), gone)
})

test('the signal is aborted when the caller goes, before or after it is first looked at', async t => {
  const response = new Response()
  const deadline = new Deadline({ timeoutMs: 60_000, response })
  const { signal } = deadline
  t.equal(deadline.signal, signal)
  t.notOk(signal.aborted)
  response.close()
  t.ok(signal.aborted)
  t.match(signal.reason, gone)
  t.ok(new Deadline({ timeoutMs: 60_000, response }).signal.aborted)
})

test('the signal is not aborted when the caller has its answer', async t => {
  const response = new Response()
  const { signal } = new Deadline({ timeoutMs: 60_000, response })
  response.writableFinished = true
  response.close()
  t.notOk(signal.aborted)
})

test('an answer that does not come in time is not waited for', async t => {
  const answer = Promise.withResolvers<string>()
  const deadline = new Deadline({ timeoutMs: 1, watched: true })
  await t.rejects(deadline.answered(answer.promise), exceeded)
  answer.reject(new Error('too late to be told'))
})

test('an answer in time is the answer, good or bad', async t => {
  const deadline = new Deadline({ timeoutMs: 60_000, watched: true })
  t.equal(await deadline.answered(Promise.resolve('yes')), 'yes')
  await t.rejects(deadline.answered(Promise.reject(new Error('no'))), { message: 'no' })
})

test('what the connection to the enclave sees to is not watched a second time', async t => {
  const deadline = await over()
  t.equal(await deadline.answered(sleep(1, 'late')), 'late')
  await t.rejects(deadline.within(new Promise(() => undefined)), exceeded)
})
