import { format, inspect } from 'node:util'
import { test } from 'tap'
import { Secret } from '../../src/kms/secret.ts'

test('a secret is printed by nothing that prints objects', async t => {
  const secret = new Secret('hush')
  for (const text of [String(secret), JSON.stringify({ secret }), inspect({ secret }, { showHidden: true }), format('%s %o %j', secret, secret, secret)]) {
    t.notMatch(text, /hush/)
  }
  t.equal(secret.reveal(), 'hush')
})
