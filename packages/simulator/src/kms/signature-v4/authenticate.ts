import { createHash, timingSafeEqual } from 'node:crypto'
import { type Authorization, parseAuthorization } from './authorization-header.ts'
import type { CredentialDirectory, KmsCredential } from './credentials.ts'
import { KmsError } from '../errors.ts'
import { parsePrincipal, type Principal } from '../principal.ts'
import { type Headers, signatureOf } from './signature.ts'

/** What authentication is checked against. */
export interface Authentication {
  readonly credentials: CredentialDirectory
  readonly region: string
  readonly now: () => number
}

/** How far a request's date may be from this KMS's clock, either way (IAM User Guide, "Troubleshoot Signature Version 4"). */
const clockToleranceMs = 5 * 60 * 1000

const invalidToken = 'The security token included in the request is invalid.'
const mismatch = 'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

/**
 * Finds out who sent a request, by Signature Version 4.
 *
 * @throws KmsError MissingAuthenticationTokenException, IncompleteSignatureException, InvalidSignatureException,
 * UnrecognizedClientException or ExpiredTokenException
 */
export function authenticate (request: { headers: Headers, body: Uint8Array }, { credentials, region, now }: Authentication): Principal {
  const { headers, body } = request
  const authorization = parseAuthorization(headers.get('authorization'))
  const amzDate = headers.get('x-amz-date')
  if (amzDate === undefined) {
    throw new KmsError('IncompleteSignatureException', "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  }
  checkSignedHeaders(authorization.signedHeaders, headers)
  checkScope(authorization, amzDate, region)
  checkClock(amzDate, now())

  const credential = findCredential(authorization.accessKeyId, headers.get('x-amz-security-token'), credentials)
  if (credential.expiresAt !== undefined && credential.expiresAt <= now()) {
    throw new KmsError('ExpiredTokenException', 'The security token included in the request is expired')
  }
  const { scope, signedHeaders, signature } = authorization
  const expected = signatureOf({ headers, signedHeaders, body, amzDate, scope }, credential.secretAccessKey)
  if (!equalSecrets(signature, expected) || !namesItsBody(headers, body)) throw invalidSignature(mismatch)
  return principalOf(credential)
}

// Whatever is not signed could be changed on the way: the host, the moment, the operation and the token must be.
function checkSignedHeaders (signedHeaders: readonly string[], headers: Headers): void {
  const sorted = [...signedHeaders].sort()
  if (new Set(signedHeaders).size !== sorted.length || sorted.some((name, index) => name !== signedHeaders[index] || !headers.has(name))) {
    throw invalidSignature(mismatch)
  }
  const mustBeSigned = [...headers.keys()].filter(name => name === 'host' || name.startsWith('x-amz-'))
  const unsigned = ['host', ...mustBeSigned].find(name => !signedHeaders.includes(name))
  if (unsigned !== undefined) throw invalidSignature(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`)
}

function checkScope ({ scope }: Authorization, amzDate: string, region: string): void {
  if (scope.region !== region) throw invalidSignature('Credential should be scoped to a valid region.')
  if (scope.service !== 'kms') throw invalidSignature("Credential should be scoped to correct service: 'kms'.")
  if (!amzDate.startsWith(`${scope.date}T`)) {
    throw invalidSignature('Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.')
  }
}

function checkClock (amzDate: string, now: number): void {
  const moment = Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(moment) || !/^\d{8}T\d{6}Z$/.test(amzDate)) {
    throw new KmsError('IncompleteSignatureException', 'Date must be in ISO-8601 basic format.')
  }
  if (moment < now - clockToleranceMs) throw invalidSignature(`Signature expired: ${amzDate} is now earlier than ${basic(now - clockToleranceMs)} (${basic(now)} - 5 min.)`)
  if (moment > now + clockToleranceMs) throw invalidSignature(`Signature not yet current: ${amzDate} is still later than ${basic(now + clockToleranceMs)} (${basic(now)} + 5 min.)`)
}

function findCredential (accessKeyId: string, sessionToken: string | undefined, credentials: CredentialDirectory): KmsCredential {
  const credential = credentials.find(accessKeyId)
  if (credential === undefined || !equalSecrets(sessionToken ?? '', credential.sessionToken ?? '')) {
    throw new KmsError('UnrecognizedClientException', invalidToken)
  }
  return credential
}

// Optional for KMS; where it is sent, it must be true.
function namesItsBody (headers: Headers, body: Uint8Array): boolean {
  const named = headers.get('x-amz-content-sha256')
  return named === undefined || named === createHash('sha256').update(body).digest('hex')
}

function principalOf ({ principalArn }: KmsCredential): Principal {
  const principal = parsePrincipal(principalArn)
  if (principal === undefined) throw new Error(`the credential directory holds a malformed principal: ${principalArn}`)
  return principal
}

// Over digests, so that neither the contents nor the length of the expected value show in the time taken.
function equalSecrets (left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

function basic (moment: number): string {
  return new Date(moment).toISOString().replace(/[-:]|\.\d+/g, '')
}

function invalidSignature (message: string): KmsError {
  return new KmsError('InvalidSignatureException', message)
}
