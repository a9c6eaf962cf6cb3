import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { basicConstraints, keyIdentifiers, keyUsage, serverAuthentication, subjectAlternativeNames } from '../../asn1/certificate-extensions.ts'
import { type CertificateRequest, issueCertificate, toPem } from '../../asn1/certificate.ts'
import { writeFileAtomically } from '../../state/atomic-file.ts'

/** The certificate authority that stands in for Amazon's roots: an EC P-256 key that stays the same over restarts. */
export interface CertificateAuthority {
  /** Path of its certificate, PEM; what clients are given to trust. */
  readonly caFile: string
  /** A new TLS server key and its certificate, PEM, valid for 90 days, for these names and 127.0.0.1. */
  issueServerCertificate (hostNames: readonly string[]): { key: string, cert: string }
}

const dayMs = 24 * 60 * 60 * 1000
const authorityDays = 3650
const serverDays = 90

/**
 * Opens the authority kept in a folder as `ca.pem` and `ca.key.pem` (mode 0600), or makes it there. Validity is real time, whatever clock
 * the simulation has: TLS clients judge certificates by their own.
 */
export async function openCertificateAuthority (directory: string): Promise<CertificateAuthority> {
  const caFile = join(directory, 'ca.pem')
  const keyFile = join(directory, 'ca.key.pem')
  const kept = await readKept(caFile, keyFile)
  const { certificate, privateKey } = kept ?? await createAuthority(caFile, keyFile)
  const publicKey = createPublicKey(privateKey)
  const issuer = commonNameOf(certificate)
  return {
    caFile,
    issueServerCertificate: hostNames => {
      const serverKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      const der = issueCertificate({
        subject: [['CN', hostNames[0] ?? 'localhost']],
        issuer: [['CN', issuer]],
        publicKey: serverKey.publicKey,
        issuerPrivateKey: privateKey,
        ...validFor(serverDays),
        extensions: [
          ...keyIdentifiers(serverKey.publicKey, publicKey),
          basicConstraints(),
          keyUsage(['digitalSignature']),
          serverAuthentication(),
          subjectAlternativeNames(hostNames, ['127.0.0.1']),
        ],
      })
      return { key: pemOf(serverKey.privateKey), cert: toPem(der) }
    },
  }
}

interface Authority { readonly certificate: X509Certificate, readonly privateKey: KeyObject }

async function readKept (caFile: string, keyFile: string): Promise<Authority | undefined> {
  const [certificate, key] = await Promise.all([readIfThere(caFile), readIfThere(keyFile)])
  // The key is written first, so a crash between the two leaves a key that nobody trusts yet: both are made again.
  if (certificate === undefined || key === undefined) return undefined
  return { certificate: new X509Certificate(certificate), privateKey: createPrivateKey(key) }
}

async function createAuthority (caFile: string, keyFile: string): Promise<Authority> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  // The name is unique because a client may trust the authorities of several simulated hosts at once.
  const name = [['CN', `enclave-signer simulated KMS CA ${randomBytes(4).toString('hex')}`]] as const
  const pem = toPem(issueCertificate({
    subject: name,
    issuer: name,
    publicKey,
    issuerPrivateKey: privateKey,
    ...validFor(authorityDays),
    extensions: [...keyIdentifiers(publicKey, publicKey), basicConstraints(0), keyUsage(['keyCertSign', 'cRLSign'])],
  }))
  await writeFileAtomically(keyFile, pemOf(privateKey))
  await writeFileAtomically(caFile, pem)
  return { certificate: new X509Certificate(pem), privateKey }
}

// An hour back, because the clocks of a client in another virtual machine may be behind.
function validFor (days: number): Pick<CertificateRequest, 'digest' | 'notBefore' | 'notAfter'> {
  const now = Date.now()
  return { digest: 'sha256', notBefore: now - dayMs / 24, notAfter: now + days * dayMs }
}

function commonNameOf (certificate: X509Certificate): string {
  return certificate.subject.replace(/^CN=/, '')
}

function pemOf (privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function readIfThere (path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
