import { test } from 'tap'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorBody, KmsError, type KmsErrorName, statusOf } from '../../src/kms/errors.ts'

const vectors = join(import.meta.dirname, '../../../../../shared/vectors/kms/errors.json')
const skip = existsSync(vectors) ? false : 'shared vectors are not here'

test('an error answer spells Message only for a denied access, and leaves an empty message out', async t => {
  t.same(errorBody(new KmsError('AccessDeniedException', 'no')), { __type: 'AccessDeniedException', Message: 'no' })
  t.same(errorBody(new KmsError('NotFoundException', 'no')), { __type: 'NotFoundException', message: 'no' })
  t.same(errorBody(new KmsError('InvalidCiphertextException')), { __type: 'InvalidCiphertextException' })
})

test('every error known of the real KMS has its status and its form', { skip }, async t => {
  interface Known { http: number, body: { __type: KmsErrorName, message?: string, Message?: string } }
  for (const { http, body } of JSON.parse(readFileSync(vectors, 'utf8')) as Known[]) {
    t.equal(statusOf[body.__type], http, body.__type)
    t.same(errorBody(new KmsError(body.__type, body.message ?? body.Message)), body)
  }
})
