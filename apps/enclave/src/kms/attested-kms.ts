import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import type { DecryptCommandOutput, GenerateDataKeyCommandOutput, RecipientInfo } from '@aws-sdk/client-kms'
import { EnclaveError } from '@enclave-signer/protocol'
import { erase } from '../bytes.ts'
import type { Recipient } from '../recipient/recipient.ts'
import type { Credentials } from './credentials.ts'
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

  constructor (options: AttestedKmsOptions) {
    this.#options = options
    this.#agent = new KmsTlsAgent(options.connection)
  }

  /** When the credentials in use expire, as Unix time in milliseconds. */
  get credentialsExpireAt (): number | null {
    return this.#credentials?.expiresAt ?? null
  }

  /** Milliseconds that calls are signed ahead of the enclave's clock, as learnt from KMS's own `Date`; below zero behind it. */
  get clockOffsetMs (): number {
    return this.#client?.config.systemClockOffset ?? 0
  }

  /** Takes other credentials for the calls that begin from now on; a running call finishes with those it began with. */
  setCredentials (credentials: Credentials): void {
    this.#client = this.#createClient(credentials)
    this.#credentials = credentials
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

  /**
   * Every setting that the SDK would otherwise look for in the environment, a profile or the instance's metadata is given
   * here. The clock's offset from KMS's own `Date`, once learnt, is carried on.
   */
  #createClient ({ accessKeyId, secretAccessKey, sessionToken }: Credentials): KMSClient {
    const { region, connection } = this.#options
    return new KMSClient({
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
      systemClockOffset: this.#client?.config.systemClockOffset ?? 0,
    })
  }
}
