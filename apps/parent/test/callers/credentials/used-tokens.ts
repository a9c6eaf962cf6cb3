import { test } from 'tap'

import { UsedTokens } from '../../../src/callers/credentials/used-tokens.ts'

test('a token is taken once', async t => {
  const tokens = new UsedTokens()
  t.equal(tokens.use('a', 100, 0), 'taken')
  t.equal(tokens.use('a', 100, 50), 'used')
  t.equal(tokens.use('b', 100, 50), 'taken')
})

test('a full memory takes no more until tokens in it have expired, and forgets none before', async t => {
  const tokens = new UsedTokens(2)
  tokens.use('a', 100, 0)
  tokens.use('b', 200, 0)
  t.equal(tokens.use('c', 300, 99), 'overloaded')
  t.equal(tokens.use('c', 300, 100), 'taken')
  t.equal(tokens.use('b', 200, 100), 'used')
})
