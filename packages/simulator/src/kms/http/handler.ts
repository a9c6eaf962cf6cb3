import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authenticate } from '../signature-v4/authenticate.ts'
import type { CallLog } from '../call-log.ts'
import type { CredentialDirectory } from '../signature-v4/credentials.ts'
import { errorBody, KmsError, statusOf } from '../errors.ts'
import { type OperationName, operationNameOf, operations } from '../operations/index.ts'
import { Parameters } from '../parameters.ts'
import { readBody } from './request-body.ts'
import type { KmsService } from '../service.ts'
import type { Headers } from '../signature-v4/signature.ts'

/** What requests are answered from. */
export interface HandlerOptions {
  readonly service: KmsService
  readonly credentials: CredentialDirectory
  readonly calls: CallLog
}

/** The answer to one HTTP request of the AWS JSON 1.1 protocol; always answers, except where a `ConnectionReset` is injected. */
export async function handle (request: IncomingMessage, response: ServerResponse, options: HandlerOptions): Promise<void> {
  const { service, calls } = options
  const operation = isApiRequest(request) ? operationNameOf(headersOf(request).get('x-amz-target')) : undefined
  const fault = operation && calls.takeFault(operation)
  if (fault === 'ConnectionReset') {
    calls.count(operation ?? 'Unknown', fault)
    request.socket.destroy()
    return
  }
  try {
    const body = await readBody(request)
    if (fault !== undefined) throw new KmsError(fault, 'injected fault')
    const answer = await perform(operation, headersOf(request), body, options)
    calls.count(operation ?? 'Unknown', 'ok')
    send(response, 200, answer, service.now())
  } catch (error) {
    if (request.destroyed && !request.complete) {
      calls.count(operation ?? 'Unknown', 'Aborted')
      return
    }
    const refusal = error instanceof KmsError ? error : new KmsError('KMSInternalException', '', { cause: error })
    calls.count(operation ?? 'Unknown', refusal.code)
    // What is left of an overlong body is not read, so the connection cannot be used again.
    if (!request.complete) response.shouldKeepAlive = false
    send(response, statusOf[refusal.code], errorBody(refusal), service.now())
  }
}

async function perform (
  operation: OperationName | undefined, headers: Headers, body: Buffer, { service, credentials }: HandlerOptions
): Promise<object> {
  const { region, now } = service
  const caller = authenticate({ headers, body }, { credentials, region, now })
  if (operation === undefined) throw new KmsError('UnknownOperationException')
  return await operations[operation](service, { caller, request: Parameters.fromBody(body) })
}

// The protocol has one resource and one method; nothing else has a signature that this KMS could check.
function isApiRequest ({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && url === '/'
}

function headersOf ({ headersDistinct }: IncomingMessage): Headers {
  return new Map(Object.entries(headersDistinct).map(([name, values]) => [name, (values ?? []).join(',')]))
}

// The Date is this KMS's clock, not the machine's: clients correct their own by it.
function send (response: ServerResponse, status: number, answer: object, now: number): void {
  const body = JSON.stringify(answer)
  response.writeHead(status, {
    'x-amzn-RequestId': randomUUID(),
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-cache, no-store, must-revalidate, private',
    Date: new Date(now).toUTCString(),
  })
  response.end(body)
}
