import { test } from 'tap'

import { comparePolicies, isSame } from '../../src/policy/compare-policies.ts'

const policy = (...statements: Record<string, unknown>[]) => ({ version: '2012-10-17', statements })
const allow = { Sid: 'Allow', Effect: 'Allow', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }
const deny = { ...allow, Sid: 'Deny', Effect: 'Deny' }

test('order and names of statements make no difference', t => {
  const comparison = comparePolicies(policy({ ...deny, Sid: 'Other' }, allow), policy(allow, deny))
  t.ok(isSame(comparison))
  t.same(comparison.statements, [{ change: 'same', sid: 'Allow' }, { change: 'same', sid: 'Deny' }])
  t.end()
})

test('a statement of the same name is told by what it gains and loses', t => {
  const comparison = comparePolicies(policy({ ...allow, Action: ['kms:Decrypt', 'kms:Encrypt'], Condition: { Null: { k: 'true' } } }), policy({ ...allow, Action: ['kms:Sign', 'kms:Decrypt'] }))
  t.notOk(isSame(comparison))
  t.same(comparison.statements, [{
    change: 'changed',
    sid: 'Allow',
    parts: [{ name: 'Action', gains: ['kms:Sign'], loses: ['kms:Encrypt'] }, { name: 'Condition Null k', gains: [], loses: ['true'] }],
  }])
  t.end()
})

test('statements of other names come and go', t => {
  const { Sid, ...unnamed } = deny
  const { statements } = comparePolicies(policy(unnamed, { ...unnamed, Action: 'kms:Sign' }), policy(allow, { ...unnamed, Action: 'kms:Encrypt' }))
  t.match(Sid, 'Deny')
  t.match(statements.map(({ change, sid }) => [change, sid]), [
    ['added', 'Allow'], ['added', '(without a Sid)'], ['removed', '(without a Sid)'], ['removed', '(without a Sid)'],
  ])
  t.end()
})

test('a statement that stands there twice is one too many', t => {
  t.match(comparePolicies(policy(allow, allow), policy(allow)).statements, [{ change: 'same' }, { change: 'removed' }])
  t.end()
})

test('another version of the policy language is a difference, and a missing one is that of 2008', t => {
  const comparison = comparePolicies({ version: undefined, statements: [allow] }, policy(allow))
  t.notOk(isSame(comparison))
  t.same(comparison.versions, { name: 'Version', gains: ['2012-10-17'], loses: ['2008-10-17'] })
  t.end()
})
