import type { MessageType, SigningAlgorithm } from '@enclave-signer/protocol'

import type { Action, ActionFacts, Caller } from './caller.ts'
import type { PermissionEntry } from './callers-file.ts'
import { matchesPattern } from './key-pattern.ts'

/** One permission, as far as it is about one action; what is undefined is not restricted. */
interface Grant {
  readonly keys: readonly string[] | undefined
  readonly signingAlgorithms: ReadonlySet<SigningAlgorithm> | undefined
  readonly messageTypes: ReadonlySet<MessageType> | undefined
}

/** Whether an action is done to a key, so that a permission for it must say to which. */
export function isKeyAction (action: Action): boolean {
  return action === 'sign' || action.startsWith('keys:')
}

/** The question `may this caller …?` for a list of permissions. One of them must permit it all by itself. */
export function permitsOf (permissions: readonly PermissionEntry[]): Caller['permits'] {
  const grants = new Map<Action, Grant[]>()
  for (const permission of permissions) {
    for (const action of permission.actions) grants.set(action, [...grants.get(action) ?? [], grantOf(action, permission)])
  }
  return (action, facts = {}) => grants.get(action)?.some(grant => admits(grant, facts)) ?? false
}

function grantOf (action: Action, { keys, signingAlgorithms, messageTypes }: PermissionEntry): Grant {
  return {
    // A permission on keys that names none is a fault of the file; here it would be one on no key at all.
    keys: isKeyAction(action) ? keys ?? [] : undefined,
    signingAlgorithms: action === 'sign' && signingAlgorithms !== undefined ? new Set(signingAlgorithms) : undefined,
    messageTypes: action === 'sign' && messageTypes !== undefined ? new Set(messageTypes) : undefined,
  }
}

function admits ({ keys, signingAlgorithms, messageTypes }: Grant, facts: ActionFacts): boolean {
  const { keyId, signingAlgorithm, messageType } = facts
  return (keyId === undefined || keys === undefined || keys.some(pattern => matchesPattern(pattern, keyId))) &&
    (signingAlgorithm === undefined || signingAlgorithms === undefined || signingAlgorithms.has(signingAlgorithm)) &&
    (messageType === undefined || messageTypes === undefined || messageTypes.has(messageType))
}
