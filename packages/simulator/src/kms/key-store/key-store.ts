import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { writeFileAtomically } from '../../state/atomic-file.ts'
import { emptyState, readState, type State, type StoredKey } from './state.ts'

/** A symmetric KMS key of the simulated account. */
export interface KmsKey {
  /** A UUID. */
  readonly keyId: string
  readonly arn: string
  readonly description: string
  /** Unix milliseconds. */
  readonly createdAt: number
  /** The key policy as it was put, JSON text. */
  readonly policy: string
  /** The AES-256 key, 32 bytes. */
  readonly material: Buffer
}

/** The keys of one simulated account and region, kept in `state.json` (mode 0600), which holds key material in clear. */
export interface KeyStore {
  find (keyId: string): KmsKey | undefined
  /** Makes a key; resolves when it is on disk. */
  create (options: { description: string, policy: string, createdAt: number }): Promise<KmsKey>
  /** Replaces a key's policy; resolves when it is on disk. Does nothing to an unknown key. */
  replacePolicy (keyId: string, policy: string): Promise<void>
  /** The key that the simulated host hands to its parent; made by `create` at the first call and the same one ever after. */
  defaultKey (create: () => Promise<KmsKey>): Promise<KmsKey>
}

/**
 * Opens the store of a folder.
 *
 * @throws Error where `state.json` is there but unreadable: starting with no keys would make every sealed key of the host worthless
 */
export async function openKeyStore (directory: string, arnPrefix: string): Promise<KeyStore> {
  const path = join(directory, 'state.json')
  let state: State = await readState(path) ?? emptyState
  let lastWrite = Promise.resolve()

  // Writes follow one another, and each waits for its own bytes: what was answered is on disk. A failed write fails only its own caller.
  const change = async (apply: (current: State) => State) => {
    const write = lastWrite.then(async () => {
      const next = apply(state)
      await writeFileAtomically(path, JSON.stringify(next, undefined, 2))
      state = next
    })
    lastWrite = write.catch(() => undefined)
    await write
  }
  const find = (keyId: string) => {
    const stored = state.keys.find(key => key.keyId === keyId)
    return stored && toKey(stored, arnPrefix)
  }
  let makingDefault: Promise<KmsKey> | undefined

  return {
    find,
    create: async options => {
      const stored: StoredKey = { keyId: randomUUID(), ...options, material: randomBytes(32).toString('base64') }
      await change(current => ({ ...current, keys: [...current.keys, stored] }))
      return toKey(stored, arnPrefix)
    },
    replacePolicy: async (keyId, policy) => {
      await change(current => ({ ...current, keys: current.keys.map(key => key.keyId === keyId ? { ...key, policy } : key) }))
    },
    defaultKey: async create => {
      const kept = state.defaultKeyId === undefined ? undefined : find(state.defaultKeyId)
      if (kept !== undefined) return kept
      makingDefault ??= makeDefault(create, change)
      return await makingDefault
    },
  }
}

async function makeDefault (create: () => Promise<KmsKey>, change: (apply: (current: State) => State) => Promise<void>): Promise<KmsKey> {
  const key = await create()
  await change(current => ({ ...current, defaultKeyId: key.keyId }))
  return key
}

function toKey ({ keyId, description, createdAt, policy, material }: StoredKey, arnPrefix: string): KmsKey {
  return { keyId, arn: `${arnPrefix}:key/${keyId}`, description, createdAt, policy, material: Buffer.from(material, 'base64') }
}
