import { loopbackCaller, nobody } from './caller.ts'
import type { CallersFile, CredentialEntry, IssuerEntry, PermissionEntry } from './callers-file.ts'
import { isKeyAction } from './permissions.ts'

/** A fault of the file. */
export interface FileFault {
  /** JSON pointer (RFC 6901). */
  readonly path: string
  readonly message: string
}

/** What the file's rules depend on besides the file. */
export interface CallersFileSituation {
  /** Whether TLS_CLIENT_CA_FILE is set. */
  readonly clientCertificates: boolean
}

/** What is wrong in a file that fits the schema: names and credentials given twice, and entries that would have no effect, or too much. */
export function callersFileFaults (file: CallersFile, situation: CallersFileSituation): FileFault[] {
  return [...nameFaults(file), ...credentialFaults(file, situation), ...permissionFaults(file), ...issuerFaults(file)]
}

function nameFaults ({ callers }: CallersFile): FileFault[] {
  const reserved = [loopbackCaller.name, nobody.name]
  return [
    ...repeated(callers.map(({ name }, index) => [name, `/callers/${index}/name`]), 'names another caller too'),
    ...callers.flatMap(({ name }, index) => reserved.includes(name) ? [{ path: `/callers/${index}/name`, message: 'is a reserved name' }] : []),
  ]
}

function credentialFaults ({ callers, issuers = [] }: CallersFile, { clientCertificates }: CallersFileSituation): FileFault[] {
  const all = callers.flatMap(({ credentials }, caller) => credentials.map((credential, index) => ({ credential, path: `/callers/${caller}/credentials/${index}` })))
  const faults = repeated(all.map(({ credential, path }) => [identityOf(credential), path]), 'is the credential of another entry too')
  for (const { credential: { clientCertificate, jwt }, path } of all) {
    if (clientCertificate !== undefined && !clientCertificates) {
      faults.push({ path: `${path}/clientCertificate`, message: 'needs TLS_CLIENT_CA_FILE' })
    }
    if (jwt === undefined) continue
    if (!issuers.some(({ issuer }) => issuer === jwt.issuer)) faults.push({ path: `${path}/jwt/issuer`, message: 'is none of the issuers' })
    if (jwt.subject === undefined && jwt.claims === undefined) {
      faults.push({ path: `${path}/jwt`, message: 'must name subject or claims: without, every token of the issuer would do' })
    }
  }
  return faults
}

/** The same text for credentials that fit the same: in whatever order their members stand, taken once or not. */
function identityOf ({ tokenSha256, clientCertificate, jwt }: CredentialEntry): string {
  if (jwt !== undefined) {
    const claims = Object.entries(jwt.claims ?? {}).sort(([one], [other]) => one < other ? -1 : 1)
    return JSON.stringify(['jwt', jwt.issuer, jwt.subject, claims])
  }
  // A SPIFFE id is a URI: whoever has it as the one has it as the other.
  const { spiffeId, ...names } = clientCertificate ?? {}
  return JSON.stringify([tokenSha256, spiffeId === undefined ? names : { uri: spiffeId }])
}

function permissionFaults ({ callers }: CallersFile): FileFault[] {
  return callers.flatMap(({ permissions }, caller) => permissions.flatMap((permission, index) =>
    faultsOfPermission(permission).map(message => ({ path: `/callers/${caller}/permissions/${index}`, message }))))
}

function faultsOfPermission ({ actions, keys, signingAlgorithms, messageTypes }: PermissionEntry): string[] {
  const faults: string[] = []
  const ofKeys = actions.some(isKeyAction)
  if (ofKeys && keys === undefined) faults.push('must name keys ("*" for every key)')
  if (!ofKeys && keys !== undefined) faults.push('names keys, but no action on keys')
  if (!actions.includes('sign') && (signingAlgorithms ?? messageTypes) !== undefined) {
    faults.push('names signingAlgorithms or messageTypes, but not the action sign')
  }
  return faults
}

function issuerFaults ({ issuers = [] }: CallersFile): FileFault[] {
  return [
    ...repeated(issuers.map(({ issuer }, index) => [issuer, `/issuers/${index}/issuer`]), 'is the name of another issuer too'),
    ...issuers.flatMap((issuer, index) => hasOneSource(issuer) ? [] : [{ path: `/issuers/${index}`, message: 'must have one of jwksUrl and jwksFile' }]),
    ...issuers.flatMap(({ jwksUrl }, index) => jwksUrl === undefined || canBeFetched(jwksUrl)
      ? []
      : [{ path: `/issuers/${index}/jwksUrl`, message: 'must be an https address without user and password' }]),
  ]
}

/** `fetch` takes no address with credentials in it. */
function canBeFetched (address: string): boolean {
  if (!URL.canParse(address)) return false
  const { username, password } = new URL(address)
  return username === '' && password === ''
}

function hasOneSource ({ jwksUrl, jwksFile }: IssuerEntry): boolean {
  return (jwksUrl === undefined) !== (jwksFile === undefined)
}

/** A fault for every value but the first of those that are the same. */
function repeated (values: [value: string, path: string][], message: string): FileFault[] {
  const seen = new Set<string>()
  return values.flatMap(([value, path]) => {
    if (seen.has(value)) return [{ path, message }]
    seen.add(value)
    return []
  })
}
