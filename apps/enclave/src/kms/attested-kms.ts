import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import type { DecryptCommandOutput, GenerateDataKeyCommandOutput, RecipientInfo } from '@aws-sdk/client-kms'
import { EnclaveError } from '@enclave-signer/protocol'
import { erase } from '../bytes.ts'
import type { Clock, ClockReading } from '../clock.ts'
import type { Recipient } from '../recipient/recipient.ts'
import type { Credentials } from './credentials.ts'
import { askDate, dateHeaderOf, readDate } from './kms-date.ts'
import { toKmsError } from './kms-errors.ts'
import type { DataKey, EncryptionContext, Kms } from './kms.ts'
import { KmsTlsAgent } from './tls-agent.ts'
import type { KmsConnection } from './tls-agent.ts'

/** What the calls are made with. */
export interface AttestedKmsOptions {
  readonly region: string
  /** The one key of every call; KMS's answer must name it too. */
  readonly keyArn: string
  readonly connection: KmsConnection
  readonly recipient: Recipient
  /** Held against KMS's `Date` with every answer; calls are signed by it. */
  readonly clock: Clock
  /** Told each correction of the clock by what is added to the kernel's now, in milliseconds. */
  readonly onClockCorrected: (offsetMs: number) => void
}

/** A connection is tried for this long, in milliseconds. */
const connectTimeoutMs = 3000
/** One try waits this long for its answer; all tries of a call take at most {@link callTimeoutMs}. */
const answerTimeoutMs = 5000
const callTimeoutMs = 15_000
const maxAttempts = 3
const dataKeyBytes = 32

type Answer = DecryptCommandOutput | GenerateDataKeyCommandOutput

/** KMS over TLS that ends here, under credentials the parent may change at any time. */
export class AttestedKms implements Kms {
  readonly #options: AttestedKmsOptions
  readonly #agent: KmsTlsAgent
  #credentials: Credentials | undefined
  #client: KMSClient | undefined
  #comparing: Promise<void> | undefined

  constructor (options: AttestedKmsOptions) {
    this.#options = options
    this.#agent = new KmsTlsAgent(options.connection)
  }

  /** When the credentials in use expire, as Unix time in milliseconds. */
  get credentialsExpireAt (): number | null {
    return this.#credentials?.expiresAt ?? null
  }

  /** Takes other credentials for the calls that begin from now on; a running call finishes with those it began with. */
  setCredentials (credentials: Credentials): void {
    this.#client = this.#createClient(credentials)
    this.#credentials = credentials
  }

  /**
   * Holds the clock against KMS's without a call of its own; whoever asks meanwhile waits for the same answer.
   *
   * @throws EnclaveError `KMS_UNREACHABLE`, `KMS_UNTRUSTED`, `KMS_FAILED`.
   */
  async compareClock (): Promise<void> {
    this.#comparing ??= this.#askDate().finally(() => { this.#comparing = undefined })
    await this.#comparing
  }

  async decrypt (ciphertextBlob: Buffer, context: EncryptionContext): Promise<Buffer> {
    const answer = await this.#call('Decrypt', async (client, recipient, abortSignal) => await client.send(new DecryptCommand({
      KeyId: this.#options.keyArn,
      CiphertextBlob: ciphertextBlob,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      EncryptionContext: { ...context },
      Recipient: recipient,
    }), { abortSignal }))
    return this.#open(answer)
  }

  async generateDataKey (context: EncryptionContext): Promise<DataKey> {
    const answer = await this.#call('GenerateDataKey', async (client, recipient, abortSignal) => await client.send(new GenerateDataKeyCommand({
      KeyId: this.#options.keyArn,
      KeySpec: 'AES_256',
      EncryptionContext: { ...context },
      Recipient: recipient,
    }), { abortSignal }))
    if (answer.CiphertextBlob === undefined) throw new EnclaveError('KMS_ANSWER_INVALID', 'KMS GenerateDataKey: no CiphertextBlob')
    const plaintext = this.#open(answer)
    if (plaintext.length !== dataKeyBytes) {
      erase(plaintext)
      throw new EnclaveError('KMS_ANSWER_INVALID', `KMS GenerateDataKey: a data key of ${plaintext.length} bytes`)
    }
    return { plaintext, ciphertextBlob: Buffer.from(answer.CiphertextBlob) }
  }

  /** Ends every connection to KMS. */
  close (): void {
    this.#agent.destroy()
  }

  async #call<A extends Answer> (
    operation: string, send: (client: KMSClient, recipient: RecipientInfo, abortSignal: AbortSignal) => Promise<A>
  ): Promise<A> {
    const client = this.#client
    if (client === undefined) throw new EnclaveError('CREDENTIALS_MISSING', 'no credentials have been set')
    const recipient: RecipientInfo = {
      KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      AttestationDocument: await this.#options.recipient.attest(),
    }
    client.config.systemClockOffset = this.#signingOffsetMs()
    try {
      return await send(client, recipient, AbortSignal.timeout(callTimeoutMs))
    } catch (error) {
      throw toKmsError(error, operation)
    }
  }

  /** The content of an answer that names our key and was encrypted to us; a clear plaintext means it was not. */
  #open (answer: Answer): Buffer {
    if (answer.Plaintext !== undefined && answer.Plaintext.length > 0) throw new EnclaveError('KMS_ANSWER_INVALID', 'KMS answered with a Plaintext')
    if (answer.KeyId !== this.#options.keyArn) throw new EnclaveError('KMS_ANSWER_INVALID', 'KMS answered for another KeyId')
    if (answer.CiphertextForRecipient === undefined) throw new EnclaveError('KMS_ANSWER_INVALID', 'KMS answered without CiphertextForRecipient')
    return this.#options.recipient.open(Buffer.from(answer.CiphertextForRecipient))
  }

  async #askDate (): Promise<void> {
    const { connection: { host }, clock } = this.#options
    try {
      this.#compare(await askDate({ agent: this.#agent, host, timeoutMs: answerTimeoutMs, now: clock.kernelNow }))
    } catch (error) {
      throw toKmsError(error, 'GET')
    }
  }

  #compare (reading: ClockReading | undefined): void {
    const { clock, onClockCorrected } = this.#options
    if (reading !== undefined && clock.compare(reading)) onClockCorrected(clock.offsetMs)
  }

  /** The SDK signs by `Date.now()` and this. */
  #signingOffsetMs (): number {
    return this.#options.clock.now() - Date.now()
  }

  /** Every setting that the SDK would otherwise look for in the environment, a profile or the instance's metadata is given here. */
  #createClient ({ accessKeyId, secretAccessKey, sessionToken }: Credentials): KMSClient {
    const { region, connection, clock: { kernelNow } } = this.#options
    const client = new KMSClient({
      region,
      endpoint: `https://${connection.host}`,
      credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal(), sessionToken: sessionToken.reveal() },
      requestHandler: {
        httpsAgent: this.#agent,
        connectionTimeout: connectTimeoutMs,
        requestTimeout: answerTimeoutMs,
        throwOnRequestTimeout: true,
      },
      maxAttempts,
      retryMode: 'standard',
      defaultsMode: 'standard',
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      authSchemePreference: [],
      userAgentAppId: 'enclave-signer',
      systemClockOffset: this.#signingOffsetMs(),
    })
    // The answer as it came, of each try and whether it is an error or not.
    client.middlewareStack.add(next => async args => {
      const askedMs = kernelNow()
      const result = await next(args)
      this.#compare(readDate(dateHeaderOf(result.response), askedMs, kernelNow()))
      return result
    }, { step: 'deserialize', priority: 'low', name: 'compareClock' })
    return client
  }
}
