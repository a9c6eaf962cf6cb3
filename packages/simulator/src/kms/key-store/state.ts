import { readFile } from 'node:fs/promises'
import { isJsonObject } from '../json.ts'

/** One key as `state.json` holds it. */
export interface StoredKey {
  readonly keyId: string
  readonly description: string
  readonly createdAt: number
  readonly policy: string
  /** Base64 of 32 bytes. */
  readonly material: string
}

/** The whole of `state.json`. */
export interface State {
  readonly version: 1
  readonly defaultKeyId?: string
  readonly keys: readonly StoredKey[]
}

/** What a simulated KMS starts with. */
export const emptyState: State = { version: 1, keys: [] }

/**
 * Reads `state.json`.
 *
 * @returns `undefined` where there is no such file
 * @throws Error where its contents are not a state of this version
 */
export async function readState (path: string): Promise<State | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const state = parse(text)
  if (!isState(state)) throw new Error(`the simulated KMS's state file is damaged: ${path}`)
  return state
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isState (value: unknown): value is State {
  return isJsonObject(value) && value.version === 1 && Array.isArray(value.keys) && value.keys.every(isStoredKey) &&
    (value.defaultKeyId === undefined || typeof value.defaultKeyId === 'string')
}

function isStoredKey (value: unknown): value is StoredKey {
  return isJsonObject(value) && typeof value.createdAt === 'number' &&
    ['keyId', 'description', 'policy', 'material'].every(name => typeof value[name] === 'string') &&
    Buffer.from(String(value.material), 'base64').length === 32
}
