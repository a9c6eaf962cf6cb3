import { test } from 'tap'
import { parsePrincipal } from '../../src/kms/principal.ts'

const account = '111122223333'

test('the principal of an assumed-role session is its role', async t => {
  const arn = `arn:aws:sts::${account}:assumed-role/enclave-role/i-0123456789abcdef0`
  t.same(parsePrincipal(arn), {
    arn, accountId: account, roleName: 'enclave-role', principalArn: `arn:aws:iam::${account}:role/enclave-role`,
  })
})

test('the principal of a role, a user and an account root is itself', async t => {
  const role = `arn:aws-us-gov:iam::${account}:role/some/path/key-admin`
  t.same(parsePrincipal(role), { arn: role, accountId: account, roleName: 'key-admin', principalArn: role })
  for (const arn of [`arn:aws:iam::${account}:user/alice`, `arn:aws-cn:iam::${account}:root`]) {
    t.same(parsePrincipal(arn), { arn, accountId: account, principalArn: arn })
  }
})

test('anything else is no principal', async t => {
  for (const text of [
    '', '*', account, `arn:aws:iam::${account}:group/x`, 'arn:aws:iam::1234:root', `arn:other:iam::${account}:root`,
    `arn:aws:sts::${account}:assumed-role/no-session`, `arn:aws:iam::${account}:user/`, `arn:aws:s3::${account}:root`,
  ]) t.equal(parsePrincipal(text), undefined, text)
})
