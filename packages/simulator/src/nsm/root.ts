import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Name } from '../asn1/certificate.ts'
import { SimulatorError } from '../errors.ts'
import { writeFileAtomically } from '../state/atomic-file.ts'
import { issueIdentity } from './identity.ts'
import type { Identity } from './identity.ts'

const dayMs = 24 * 60 * 60 * 1000

/** AWS's root lives 30 years. */
const rootDays = 30 * 365

/** The shape of AWS's root name; the organization tells whose it is. */
const rootSubject: Name = [['C', 'US'], ['O', 'enclave-signer simulator'], ['OU', 'AWS'], ['CN', 'aws.nitro-enclaves']]

/** The simulated NSM's root certificate, PEM: what verifiers are given in place of AWS's. */
export function nsmRootFile (directory: string): string {
  return join(directory, 'root.pem')
}

function nsmRootKeyFile (directory: string): string {
  return join(directory, 'root.key.pem')
}

/** Creates the root of this folder unless there is one: it stays the same for the life of the folder. */
export async function ensureNsmRoot (directory: string, now: () => number): Promise<void> {
  if (existsSync(nsmRootFile(directory))) return
  const notBefore = now() - dayMs
  const root = issueIdentity({
    subject: rootSubject,
    notBefore,
    notAfter: notBefore + rootDays * dayMs,
    keyUsages: ['digitalSignature', 'keyCertSign', 'cRLSign'],
    keyUsageCritical: true,
    pathLength: 'unlimited',
  })
  await writeFileAtomically(nsmRootKeyFile(directory), root.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFileAtomically(nsmRootFile(directory), new X509Certificate(root.certificate).toString(), 0o644)
}

/**
 * Reads the root of this folder with its key.
 *
 * @throws SimulatorError `STATE_FILE_UNREADABLE` when there is none.
 */
export function readNsmRoot (directory: string): Identity {
  try {
    const certificate = new X509Certificate(readFileSync(nsmRootFile(directory)))
    const privateKey = createPrivateKey(readFileSync(nsmRootKeyFile(directory)))
    return { certificate: certificate.raw, subject: rootSubject, privateKey, notAfter: certificate.validToDate.getTime() }
  } catch (cause) {
    throw new SimulatorError('STATE_FILE_UNREADABLE', 'the simulated NSM has no root', { cause, facts: { subject: directory } })
  }
}
