import { test } from 'tap'

import { aborted, delayedSignal, unlessAborted, wait } from '../src/wait.ts'

test('a wait ends with the signal', async t => {
  await t.rejects(wait(60_000, AbortSignal.abort()), { name: 'AbortError' })
})

test('a promise is waited for no longer than the signal', async t => {
  const controller = new AbortController()
  const never = new Promise<string>(() => undefined)
  const waiting = unlessAborted(never, controller.signal)
  controller.abort()
  t.equal(await waiting, undefined)
  t.equal(await unlessAborted(Promise.resolve('x'), new AbortController().signal), 'x')
  await t.rejects(unlessAborted(Promise.reject(new Error('y')), new AbortController().signal), { message: 'y' })
})

test('an aborted signal is noticed at once, and its delayed one later', async t => {
  const keepProcess = setTimeout(() => undefined, 60_000)
  t.teardown(() => { clearTimeout(keepProcess) })
  const signal = AbortSignal.abort(new Error('stop'))
  await aborted(signal)
  const delayed = delayedSignal(signal, 1)
  t.equal(delayed.aborted, false)
  await aborted(delayed)
  t.match(delayed.reason, { message: 'stop' })
})
