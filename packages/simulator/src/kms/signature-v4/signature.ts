import { createHash, createHmac } from 'node:crypto'

/*
 * AWS Signature Version 4 as KMS needs it: requests are POSTs to `/` without a query (IAM User Guide, "Create a signed AWS API request").
 */

/** Header names in lower case to their value; repeated headers joined by commas in the order they came. */
export type Headers = ReadonlyMap<string, string>

/** What a signature is scoped to: a day, a region and a service. */
export interface CredentialScope {
  /** YYYYMMDD, UTC. */
  readonly date: string
  readonly region: string
  readonly service: string
}

/** A request as its signature sees it. */
export interface SignedRequest {
  readonly headers: Headers
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[]
  readonly body: Uint8Array
  /** YYYYMMDD'T'HHMMSS'Z'. */
  readonly amzDate: string
  readonly scope: CredentialScope
}

/** The name of the only accepted algorithm. */
export const signatureAlgorithm = 'AWS4-HMAC-SHA256'

/** The signature of a request under a secret access key, 64 lower-case hex digits. */
export function signatureOf (request: SignedRequest, secretAccessKey: string): string {
  return hmac(signingKey(secretAccessKey, request.scope), stringToSign(request)).toString('hex')
}

function stringToSign (request: SignedRequest): string {
  const { date, region, service } = request.scope
  return [signatureAlgorithm, request.amzDate, `${date}/${region}/${service}/aws4_request`, sha256(canonicalRequest(request))].join('\n')
}

function canonicalRequest ({ headers, signedHeaders, body }: SignedRequest): string {
  const canonicalHeaders = signedHeaders.map(name => `${name}:${canonicalValue(headers.get(name) ?? '')}\n`).join('')
  return ['POST', '/', '', canonicalHeaders, signedHeaders.join(';'), sha256(body)].join('\n')
}

function canonicalValue (value: string): string {
  return value.trim().replace(/ +/g, ' ')
}

function signingKey (secretAccessKey: string, { date, region, service }: CredentialScope): Buffer {
  const dateKey = hmac(`AWS4${secretAccessKey}`, date)
  const regionKey = hmac(dateKey, region)
  const serviceKey = hmac(regionKey, service)
  return hmac(serviceKey, 'aws4_request')
}

function hmac (key: string | Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256 (data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
