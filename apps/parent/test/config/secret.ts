import { inspect } from 'node:util'

import { test } from 'tap'

import { Secret } from '../../src/config/secret.ts'

test('a secret is shown by no way of printing', async t => {
  const secret = new Secret('hush')
  for (const printed of [String(secret), JSON.stringify({ secret }), inspect({ secret }), inspect(secret, { showHidden: true })]) {
    t.notMatch(printed, /hush/)
    t.match(printed, /\[secret\]/)
  }
})

test('a secret is handed out only by asking for it', async t => {
  t.equal(new Secret('hush').reveal(), 'hush')
})
