import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { checkSealedKey, keyIdPattern } from '@enclave-signer/protocol'
import type { SealedKey } from '@enclave-signer/protocol'

const extension = '.json'
const partialPrefix = '.partial-'
/** The largest sealed key is under 16 KiB of JSON. */
const maxFileBytes = 64 * 1024

/** The key id that a file of the key folder stands for; undefined for files that are no keys. */
export function keyIdOfFile (file: string): string | undefined {
  if (!file.endsWith(extension)) return undefined
  const keyId = file.slice(0, -extension.length)
  return keyIdPattern.test(keyId) ? keyId : undefined
}

/** Whether a file is one that {@link createKeyFile} had not finished. */
export function isPartialFile (file: string): boolean {
  return file.startsWith(partialPrefix)
}

/**
 * Reads a key file. What it says of itself, its key id too, is not believed here.
 *
 * @throws Error where it cannot be read or is no sealed key; the message is fit for a log line.
 */
export async function readKeyFile (directory: string, file: string): Promise<SealedKey> {
  const text = await readFile(join(directory, file), 'utf8')
  if (text.length > maxFileBytes) throw new Error(`it has ${text.length} characters`)
  const sealedKey: unknown = parse(text)
  checkSealedKey(sealedKey)
  return sealedKey
}

/**
 * Writes the file of a new key, whole or not at all: it appears under its name, with mode 0600, only after its bytes are on the disk,
 * and lasts once this resolves. Of any number of writers of one name exactly one succeeds.
 *
 * @throws Error with the code `EEXIST` where there is a file of that name.
 */
export async function createKeyFile (directory: string, keyId: string, sealedKey: SealedKey): Promise<void> {
  const partialPath = join(directory, `${partialPrefix}${randomBytes(8).toString('hex')}`)
  try {
    await writeAndSync(partialPath, `${JSON.stringify(sealedKey, undefined, 2)}\n`)
    await link(partialPath, join(directory, `${keyId}${extension}`))
  } finally {
    await rm(partialPath, { force: true })
  }
  await syncDirectory(directory)
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The SyntaxError repeats a piece of the file.
    throw new Error('it is not JSON')
  }
}

async function writeAndSync (path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

async function syncDirectory (path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}
