import { test } from 'tap'

import { LastWords } from '../../src/console/last-words.ts'

const heard = (...lines: string[]): LastWords => {
  const lastWords = new LastWords()
  for (const line of lines) lastWords.hear({ enclave: 'enclave-signer-0', source: 'console', at: '2026-01-02T03:04:05.678Z', line })
  return lastWords
}
const failure = JSON.stringify({ at: 1, level: 'error', event: 'enclave.failed', step: 'bridges', code: 'ENOENT' })

test('the last line of a console counts', async t => {
  t.equal(heard().text, undefined)
  t.equal(heard('one', 'two', '').text, 'two')
  t.equal(heard('x'.repeat(5000)).text?.length, 200)
})

test('why an enclave failed counts more than what init and the kernel say after it', async t => {
  t.equal(heard('[ 0.1] booting', failure, 'child exited with error', '[ 1.2] reboot: Restarting system').text, 'enclave.failed in the step "bridges": ENOENT')
})

test('only a line of the log\'s own schema is taken for a failure', async t => {
  for (const line of [failure.replace('ENOENT', 'two words'), failure.replace('}', ',"more":1}'), failure.slice(1), '{"event":"enclave.failed"}']) {
    t.equal(heard(line, 'later').text, 'later', line)
  }
})

test('the lines of the log count for nothing, and another enclave begins with no words', async t => {
  const lastWords = heard(failure)
  lastWords.hear({ enclave: 'enclave-signer-0', source: 'log', at: '2026-01-02T03:04:05.678Z', level: 'info', event: 'enclave.listening' })
  t.match(lastWords.text, /ENOENT/)
  lastWords.forget()
  t.equal(lastWords.text, undefined)
})
