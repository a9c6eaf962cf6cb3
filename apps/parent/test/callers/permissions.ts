import { test } from 'tap'

import { actions } from '../../src/callers/caller.ts'
import type { PermissionEntry } from '../../src/callers/callers-file.ts'
import { permitsOf } from '../../src/callers/permissions.ts'

const ofTreasury: PermissionEntry = { actions: ['sign', 'keys:read'], keys: ['treasury-*'], signingAlgorithms: ['ECDSA_SHA_256'], messageTypes: ['DIGEST'] }

test('what no permission names is denied', async t => {
  const permits = permitsOf([])
  for (const action of actions) t.equal(permits(action), false, action)
})

test('a permission is for its actions only', async t => {
  const permits = permitsOf([{ actions: ['enclave:read', 'metrics:read'] }])
  for (const action of actions) t.equal(permits(action), action === 'enclave:read' || action === 'metrics:read', action)
})

test('a signature must be within the keys, the algorithms and the message types of one permission', async t => {
  const permits = permitsOf([ofTreasury])
  const good = { keyId: 'treasury-1', signingAlgorithm: 'ECDSA_SHA_256', messageType: 'DIGEST' } as const
  t.equal(permits('sign', good), true)
  t.equal(permits('sign', { ...good, keyId: 'other-1' }), false)
  t.equal(permits('sign', { ...good, signingAlgorithm: 'RSASSA_PSS_SHA_256' }), false)
  t.equal(permits('sign', { ...good, messageType: 'RAW' }), false)
})

test('two permissions do not add up to what neither of them permits', async t => {
  const permits = permitsOf([
    { actions: ['sign'], keys: ['a'], messageTypes: ['RAW'] },
    { actions: ['sign'], keys: ['b'], messageTypes: ['DIGEST'] },
  ])
  t.equal(permits('sign', { keyId: 'a', messageType: 'RAW' }), true)
  t.equal(permits('sign', { keyId: 'b', messageType: 'DIGEST' }), true)
  t.equal(permits('sign', { keyId: 'a', messageType: 'DIGEST' }), false)
  t.equal(permits('sign', { keyId: 'b', messageType: 'RAW' }), false)
})

test('algorithms and message types are about signing and restrict no other action', async t => {
  const permits = permitsOf([ofTreasury])
  t.equal(permits('keys:read', { keyId: 'treasury-1' }), true)
  t.equal(permits('keys:read', { keyId: 'other-1' }), false)
})

test('of a fact that is not known yet any value will do, and the known ones must fit', async t => {
  const permits = permitsOf([ofTreasury])
  t.equal(permits('sign'), true)
  t.equal(permits('sign', { keyId: 'treasury-1', messageType: 'DIGEST' }), true)
  t.equal(permits('sign', { keyId: 'other-1' }), false)
  t.equal(permits('sign', { messageType: 'RAW' }), false)
})

test('a permission on keys that names none, which no file can have, is one on no key', async t => {
  t.equal(permitsOf([{ actions: ['sign'] }])('sign', { keyId: 'a' }), false)
})
