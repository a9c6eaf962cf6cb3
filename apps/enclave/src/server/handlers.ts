import { decodeBase64, EnclaveError, encodeBase64, keySpecs, protocolVersion, userDataOf } from '@enclave-signer/protocol'
import type { Call, EnclaveErrorCode, EnclaveHandlers, Params, Result } from '@enclave-signer/protocol'
import type { EnclaveConfig } from '../config/config.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { readCredentials } from '../kms/credentials.ts'
import type { Credentials } from '../kms/credentials.ts'
import type { AttestedKms } from '../kms/attested-kms.ts'
import type { KmsCalls } from '../kms/kms-calls.ts'
import { traceOf } from '../log.ts'
import type { Log } from '../log.ts'
import type { Journal } from '../log/journal.ts'
import type { Nsm } from '../nsm/nsm.ts'
import type { Signature } from '../signing/private-key.ts'
import { sign } from '../signing/sign.ts'
import { enclaveVersion } from '../version.ts'
import type { Health } from './health.ts'

/** What the methods work on. */
export interface HandlerOptions {
  readonly config: EnclaveConfig
  readonly keys: KeyRing
  readonly kms: Pick<AttestedKms, 'setCredentials' | 'credentialsExpireAt' | 'compareClock'>
  readonly kmsCalls: Pick<KmsCalls, 'read'>
  readonly nsm: Pick<Nsm, 'attest'>
  readonly health: Health
  readonly journal: Pick<Journal, 'read'>
  readonly now: () => number
  readonly log: Log
}

/** Every method of the protocol. Elliptic curve signatures are answered without leaving the event loop's turn. */
export function createHandlers (options: HandlerOptions): EnclaveHandlers {
  const { keys, journal, log } = options
  return {
    hello: params => hello(params, options.config),
    setCredentials: params => setCredentials(params, options),
    loadKey: async ({ sealedKey }, call) => {
      const refusal = { level: 'warn', event: 'key.refused', method: 'loadKey', keyId: sealedKey.record.keyId, ...traceOf(call) } as const
      return { record: await told(() => keys.load(sealedKey, call), code => { log({ ...refusal, code }) }) }
    },
    generateKey: async ({ keyId, keySpec }, call) => {
      const refusal = { level: 'warn', event: 'key.refused', method: 'generateKey', keyId, ...traceOf(call) } as const
      return { sealedKey: await told(() => keys.generate(keyId, keySpec, call), code => { log({ ...refusal, code }) }) }
    },
    sign: (params, { expiresMs }) => signMessage(params, keys, expiresMs),
    attest: async (params, call) => await attest(params, call, options),
    ping: () => ping(options),
    readLog: ({ after }) => journal.read(after),
  }
}

/** What `work` comes to, now or later; of an error that crosses to the parent its code is told first. */
function told<T> (work: () => T, tell: (code: EnclaveErrorCode) => void): T {
  const fail = (error: unknown): never => {
    if (error instanceof EnclaveError) tell(error.code)
    throw error
  }
  try {
    const result = work()
    return result instanceof Promise ? result.catch(fail) as T : result
  } catch (error) {
    return fail(error)
  }
}

function hello (params: Params<'hello'>, { region, kmsKeyArn, limits }: EnclaveConfig): Result<'hello'> {
  if (params.protocolVersion !== protocolVersion) {
    throw new EnclaveError('INVALID_PARAMS', `protocol version ${params.protocolVersion} is not spoken; ${protocolVersion} is`)
  }
  const { connections: _, ...stated } = limits
  return { protocolVersion, enclaveVersion, keySpecs: [...keySpecs], region, kmsKeyArn, limits: stated }
}

async function setCredentials (params: Params<'setCredentials'>, { kms, now, log }: HandlerOptions): Promise<Result<'setCredentials'>> {
  const read = (): Credentials => readCredentials(params, now())
  const credentials = await told(() => readByRightClock(read, kms), code => { log({ level: 'warn', event: 'credentials.refused', code }) })
  kms.setCredentials(credentials)
  const { expiresAt } = credentials
  log({ level: 'info', event: 'credentials.set', expiresAt })
  return { expiresAt }
}

/**
 * What looks wrong by a clock that is wrong is looked at again: nothing is refused before the clock was held against KMS's, where KMS can
 * be reached.
 */
async function readByRightClock (read: () => Credentials, kms: Pick<AttestedKms, 'compareClock'>): Promise<Credentials> {
  try {
    return read()
  } catch {
    await kms.compareClock().catch(() => undefined)
    return read()
  }
}

function signMessage (params: Params<'sign'>, keys: KeyRing, expiresMs: number): Result<'sign'> | Promise<Result<'sign'>> {
  const { keyId, messageType, signingAlgorithm, signatureFormat } = params
  const { privateKey } = keys.get(keyId)
  const signature = sign(privateKey, { message: Buffer.from(params.message, 'base64'), messageType, signingAlgorithm, signatureFormat, expiresMs })
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
async function attest ({ nonce, keyId }: Params<'attest'>, call: Call, { keys, nsm, log }: HandlerOptions): Promise<Result<'attest'>> {
  const subject = keyId === undefined ? {} : subjectOf(keyId, keys)
  const wanted = { ...nonce === undefined ? {} : { nonce: decodeBase64(nonce) }, ...subject }
  const document = await told(() => nsm.attest(wanted), code => { log({ level: 'error', event: 'attestation.failed', code, ...traceOf(call) }) })
  return { attestationDocument: encodeBase64(document) }
}

/**
 * What a document says of a key. An RSA key stays out of `public_key`: KMS encrypts its answers to the RSA key it finds there, and
 * whoever imported one knows its private half. Its SHA-256 in the user data names it just as well.
 */
function subjectOf (keyId: string, keys: KeyRing): { publicKey?: Buffer, userData: Buffer } {
  const { record, privateKey } = keys.get(keyId)
  const userData = userDataOf(record)
  return privateKey.keySpec.startsWith('RSA_') ? { userData } : { publicKey: privateKey.publicKey, userData }
}

function ping ({ health, keys, kms, kmsCalls, now }: HandlerOptions): Result<'ping'> {
  const { credentialsExpireAt } = kms
  return { ...health.read(), clockMs: now(), keysLoaded: keys.size, credentialsExpireAt, kmsCalls: kmsCalls.read() }
}
