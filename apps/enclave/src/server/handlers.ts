import { readFileSync } from 'node:fs'
import { decodeBase64, EnclaveError, encodeBase64, keySpecs, protocolVersion, userDataOf } from '@enclave-signer/protocol'
import type { EnclaveHandlers, Params, Result } from '@enclave-signer/protocol'
import type { EnclaveConfig } from '../config/config.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { readCredentials } from '../kms/credentials.ts'
import type { AttestedKms } from '../kms/attested-kms.ts'
import type { Log } from '../log.ts'
import type { Nsm } from '../nsm/nsm.ts'
import type { Signature } from '../signing/private-key.ts'
import { sign } from '../signing/sign.ts'
import type { Health } from './health.ts'

/** What the methods work on. */
export interface HandlerOptions {
  readonly config: EnclaveConfig
  readonly keys: KeyRing
  readonly kms: Pick<AttestedKms, 'setCredentials' | 'credentialsExpireAt'>
  readonly nsm: Pick<Nsm, 'attest'>
  readonly health: Health
  readonly now: () => number
  readonly log: Log
}

const { version: enclaveVersion } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

/** Every method of the protocol. Elliptic curve signatures are answered without leaving the event loop's turn. */
export function createHandlers (options: HandlerOptions): EnclaveHandlers {
  const { keys } = options
  return {
    hello: params => hello(params, options.config),
    setCredentials: params => setCredentials(params, options),
    loadKey: async ({ sealedKey }) => ({ record: await keys.load(sealedKey) }),
    generateKey: async ({ keyId, keySpec }) => ({ sealedKey: await keys.generate(keyId, keySpec) }),
    sign: params => signMessage(params, keys),
    attest: async params => await attest(params, options),
    ping: () => ping(options),
  }
}

function hello (params: Params<'hello'>, { region, kmsKeyArn, limits }: EnclaveConfig): Result<'hello'> {
  if (params.protocolVersion !== protocolVersion) {
    throw new EnclaveError('INVALID_PARAMS', `protocol version ${params.protocolVersion} is not spoken; ${protocolVersion} is`)
  }
  const { connections: _, ...stated } = limits
  return { protocolVersion, enclaveVersion, keySpecs: [...keySpecs], region, kmsKeyArn, limits: stated }
}

function setCredentials (params: Params<'setCredentials'>, { kms, now, log }: HandlerOptions): Result<'setCredentials'> {
  const credentials = readCredentials(params, now())
  kms.setCredentials(credentials)
  log({ level: 'info', event: 'credentials.set' })
  return { expiresAt: credentials.expiresAt }
}

function signMessage (params: Params<'sign'>, keys: KeyRing): Result<'sign'> | Promise<Result<'sign'>> {
  const { keyId, messageType, signingAlgorithm, signatureFormat } = params
  const { privateKey } = keys.get(keyId)
  const signature = sign(privateKey, { message: Buffer.from(params.message, 'base64'), messageType, signingAlgorithm, signatureFormat })
  return signature instanceof Promise ? signature.then(toResult) : toResult(signature)
}

function toResult ({ signature, recoveryId }: Signature): Result<'sign'> {
  const text = encodeBase64(signature)
  return recoveryId === undefined ? { signature: text } : { signature: text, recoveryId }
}

/**
 * A document for whoever asks. The parent chooses the nonce and nothing else: a document with a public key of his choice
 * would have KMS encrypt its answers to him.
 */
async function attest ({ nonce, keyId }: Params<'attest'>, { keys, nsm }: HandlerOptions): Promise<Result<'attest'>> {
  const document = await nsm.attest({
    ...nonce === undefined ? {} : { nonce: decodeBase64(nonce) },
    ...keyId === undefined ? {} : subjectOf(keyId, keys),
  })
  return { attestationDocument: encodeBase64(document) }
}

function subjectOf (keyId: string, keys: KeyRing): { publicKey: Buffer, userData: Buffer } {
  const { record, privateKey } = keys.get(keyId)
  return { publicKey: privateKey.publicKey, userData: userDataOf(record) }
}

function ping ({ health, keys, kms, now }: HandlerOptions): Result<'ping'> {
  return { ...health.read(), clockMs: now(), keysLoaded: keys.size, credentialsExpireAt: kms.credentialsExpireAt }
}
