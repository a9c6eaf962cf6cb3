import { fingerprintOf } from '@enclave-signer/attestation'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:https'
import { CallLog, type Fault } from './call-log.ts'
import { openCertificateAuthority } from './http/certificate-authority.ts'
import type { CredentialDirectory } from './signature-v4/credentials.ts'
import { gateConnections } from './http/connections.ts'
import { Gate } from './http/gate.ts'
import { handle } from './http/handler.ts'
import { defaultPolicy } from './key-policy/default-policy.ts'
import { openKeyStore } from './key-store/key-store.ts'
import { listen, shutDown, track, type UnderWay } from './http/listening.ts'
import type { OperationName } from './operations/index.ts'
import type { KmsService } from './service.ts'

/** How to start a simulated KMS. */
export interface KmsOptions {
  /** Where its certificate authority and its keys are kept; made with mode 0700 where missing. One KMS at a time. */
  readonly directory: string
  readonly region: string
  /** The AWS account its keys belong to, 12 digits. */
  readonly accountId: string
  /** Names for its TLS certificate besides `localhost` and `127.0.0.1`, such as `kms.us-east-1.amazonaws.com`. */
  readonly hostNames: readonly string[]
  /** PEM of the root certificate that attestation documents must lead to. */
  readonly attestationRoot: string
  readonly credentials: CredentialDirectory
  /** Unix milliseconds; default the machine's clock. Signatures, credentials and documents are judged by it; answers carry it as `Date`. */
  readonly now?: () => number
  /** Default: any free one. */
  readonly port?: number
}

/** A running simulated KMS. */
export interface Kms extends AsyncDisposable {
  /** `https://127.0.0.1:<port>`. */
  readonly endpoint: string
  readonly port: number
  /** Path of the certificate to trust, PEM. */
  readonly caFile: string
  /** The ARN of the key that the simulated host uses, with AWS's default key policy; made at the first call. */
  ensureDefaultKey (): Promise<string>
  /**
   * How often which operation ended how since the start: `{"Decrypt:ok": 2, "Decrypt:AccessDeniedException": 1}`. Requests for operations
   * that this KMS does not have count as `Unknown`.
   */
  calls (): Record<string, number>
  /**
   * Lets the next calls of an operation fail, before anything in them is looked at: with an error answer of this name, or with a connection
   * cut without an answer (`ConnectionReset`). Faults for one operation queue up.
   *
   * @param times - how many calls; default 1
   */
  fail (operation: OperationName, fault: Fault, times?: number): void
  /** From now on connections are accepted and nothing is answered, neither a TLS handshake nor a request on a connection that is open. */
  pause (): void
  /** Goes on with what came in the meantime, except for clients that have left, and with everything after it. */
  resume (): void
  /** How many connections are open. */
  connections (): number
  /** Cuts every connection, whatever is under way on it. New ones are taken. */
  closeConnections (): void
  /** Takes no more connections, finishes the operations under way and ends. */
  close (): Promise<void>
}

/**
 * Starts a simulated AWS KMS: AWS JSON 1.1 over TLS on 127.0.0.1, with real signatures, key policies, attestation and cryptography. What it
 * stands for in place of IAM is written at {@link PrincipalPattern}.
 *
 * @throws AttestationError where the attestation root is not a certificate
 * @throws Error where the port is taken or the folder's contents are damaged
 */
export async function startKms (options: KmsOptions): Promise<Kms> {
  const { directory, region, accountId, hostNames, attestationRoot, credentials, now = Date.now, port = 0 } = options
  // A root that is no certificate is a fault of whoever starts this KMS, not of every attestation document to come.
  fingerprintOf(attestationRoot)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const arnPrefix = `arn:aws:kms:${region}:${accountId}`
  const keys = await openKeyStore(directory, arnPrefix)
  const authority = await openCertificateAuthority(directory)
  const service: KmsService = { keys, region, accountId, arnPrefix, attestationRoot, now }
  const calls = new CallLog()

  const underWay: UnderWay = new Map()
  const gate = new Gate()
  const server = createServer(authority.issueServerCertificate([...hostNames, 'localhost']), (request, response) => {
    track(underWay, request, response)
    gate.pass(() => {
      if (response.destroyed) return
      handle(request, response, { service, credentials, calls }).catch(() => { response.destroy() })
    })
  })
  const connections = gateConnections(server, gate)
  const listeningPort = await listen(server, port)

  const close = async () => {
    gate.open()
    await shutDown(server, underWay, connections)
  }
  return {
    endpoint: `https://127.0.0.1:${listeningPort}`,
    port: listeningPort,
    caFile: authority.caFile,
    ensureDefaultKey: async () => {
      const description = 'Default key of the simulated Nitro host'
      const key = await keys.defaultKey(() => keys.create({ description, policy: defaultPolicy(accountId), createdAt: now() }))
      return key.arn
    },
    calls: () => calls.counts(),
    fail: (operation, fault, times = 1) => { calls.fail(operation, fault, times) },
    pause: () => { gate.shut() },
    resume: () => { gate.open() },
    connections: () => connections.count(),
    closeConnections: () => { connections.closeAll() },
    close,
    [Symbol.asyncDispose]: close,
  }
}
