import { test } from 'tap'
import { p1363FromDer } from '../../src/signing/ecdsa-format.ts'
import { hex } from '../fixtures/der.ts'

const ff = 'ff'.repeat(32)
const one = `${'00'.repeat(31)}01`

test('numbers of every length become r and s of the curve\'s length', async t => {
  t.equal(p1363FromDer(hex('3006 020101 020101'), 32).toString('hex'), one + one)
  t.equal(p1363FromDer(hex(`3046 022100${ff} 022100${ff}`), 32).toString('hex'), ff + ff)
  t.equal(p1363FromDer(hex(`3026 022100${ff} 020101`), 32).toString('hex'), ff + one)
  t.equal(p1363FromDer(hex(`3026 020101 022100${ff}`), 48).toString('hex'), `${'00'.repeat(16)}${one}${'00'.repeat(16)}${ff}`)
})

test('what is no ECDSA signature is refused', async t => {
  for (const bytes of ['', '3000', '3003020101', '3009020101020101020101', '3106020101020101', '3006040101020101', `3026022101${ff}020101`, '300602010102010100']) {
    t.throws(() => p1363FromDer(hex(bytes), 32), bytes)
  }
})
