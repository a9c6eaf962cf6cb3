import { randomBytes } from 'node:crypto'

import type { Name } from '../asn1/certificate.ts'
import { issueIdentity } from './identity.ts'
import type { CertificateShape, Identity } from './identity.ts'

const hourMs = 60 * 60 * 1000

/** A certificate is replaced when less than this of its life is left, so that a document can still be verified for a while. */
const renewalMs = 10 * 60 * 1000

/** AWS's certificates begin three seconds before they are made. */
const backdateMs = 3000

const organization: Name = [['O', 'enclave-signer simulator'], ['OU', 'AWS']]
const seattle: Name = [['C', 'US'], ['ST', 'Washington'], ['L', 'Seattle'], ...organization]

/** One level below the root, as seen in real documents: how long it lives and what it says. */
interface Level extends Omit<CertificateShape, 'notBefore' | 'notAfter'> {
  readonly lifeMs: number
}

/** Who a chain certifies. */
export interface ChainSubject {
  /** `<instance id>-enc<16 hex digits>`. */
  readonly moduleId: string
  readonly region: string
}

/** The certificates of one NSM, from the root down to the leaf that signs its documents. */
export interface Chain {
  /** Root first, leaf last; every one valid at `now` and for some minutes more. */
  current (now: number): readonly Identity[]
}

/** A chain root → regional → zonal → instance → leaf. A level is issued when first needed, and again with all below when near its end. */
export function createChain (root: Identity, subject: ChainSubject): Chain {
  const levels = chainLevels(subject)
  let identities: readonly Identity[] = [root]
  return {
    current (now) {
      const firstOld = identities.findIndex((identity) => identity.notAfter - now < renewalMs)
      const kept = firstOld === -1 ? identities : identities.slice(0, Math.max(firstOld, 1))
      identities = levels.slice(kept.length - 1).reduce((chain, level) => [...chain, issueLevel(level, chain.at(-1), now)], kept)
      return identities
    },
  }
}

function issueLevel ({ lifeMs, ...shape }: Level, issuer: Identity | undefined, now: number): Identity {
  return issueIdentity({ ...shape, notBefore: now - backdateMs, notAfter: now + lifeMs }, issuer)
}

function chainLevels ({ moduleId, region }: ChainSubject): Level[] {
  const [instanceId = moduleId] = moduleId.split('-enc')
  const authority = { keyUsages: ['digitalSignature', 'keyCertSign', 'cRLSign'], keyUsageCritical: true } as const
  return [
    { ...authority, lifeMs: (20 * 24 + 1) * hourMs, pathLength: 2, subject: regionalName(region) },
    { ...authority, lifeMs: 6 * 24 * hourMs, pathLength: 1, subject: zonalName(region) },
    {
      lifeMs: 24 * hourMs,
      pathLength: 0,
      keyUsages: ['keyCertSign'],
      keyUsageCritical: true,
      subject: [...seattle, ['CN', `${instanceId}.${region}.aws.nitro-enclaves`]],
    },
    {
      lifeMs: 3 * hourMs,
      keyUsages: ['digitalSignature', 'nonRepudiation'],
      keyUsageCritical: false,
      subject: [...seattle, ['CN', `${moduleId}.${region}.aws`]],
    },
  ]
}

function regionalName (region: string): Name {
  return [['C', 'US'], ...organization, ['CN', `${unitName()}.${region}.aws.nitro-enclaves`]]
}

/** The zonal certificate alone has its parts in the opposite order. */
function zonalName (region: string): Name {
  const unit = `${unitName()}.zonal.${region}.aws.nitro-enclaves`
  return [['CN', unit], ...organization.toReversed(), ['C', 'US'], ['ST', 'WA'], ['L', 'Seattle']]
}

/** 16 hex digits, as regional and zonal units have. */
function unitName (): string {
  return randomBytes(8).toString('hex')
}
