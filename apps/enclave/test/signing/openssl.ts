import koffi from 'koffi'
import { test } from 'tap'
import { expectOne, expectPointer, openssl, sizeCell, sizeIn } from '../../src/signing/openssl.ts'

const peekError = koffi.load(null).func('unsigned long ERR_peek_error()') as () => number

test('a failure of OpenSSL names the function and leaves nothing in the error queue for node:crypto to find', async t => {
  const fail = (): null => openssl.d2iAutoPrivateKey(null, Buffer.alloc(8), 0) as null
  fail()
  t.not(peekError(), 0, 'there is an error to be cleared')
  t.throws(() => expectPointer(null, 'd2i_AutoPrivateKey'), { name: 'OpensslError', message: 'OpenSSL: d2i_AutoPrivateKey failed' })
  t.equal(peekError(), 0)
  fail()
  for (const result of [0, -1, -2, 2]) t.throws(() => { expectOne(result, 'EVP_PKEY_sign') }, { name: 'OpensslError', message: 'OpenSSL: EVP_PKEY_sign failed' })
  t.equal(peekError(), 0)
})

test('one and a pointer are success', async t => {
  t.doesNotThrow(() => { expectOne(1, 'f') })
  t.equal(expectPointer(7n, 'f'), 7n)
})

test('a size is kept as OpenSSL keeps it', async t => {
  t.equal(sizeIn(sizeCell(512)), 512)
  t.equal(sizeCell(1).toString('hex'), '0100000000000000')
})
