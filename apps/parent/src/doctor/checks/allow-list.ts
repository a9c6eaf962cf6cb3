import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'

import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'

import { kmsHostOf } from '../../relay/vsock-proxy.ts'
import type { Check } from '../check.ts'
import { failed, notNeeded, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { systemErrorSentence } from '../system-error.ts'

const name = 'vsock-proxy.yaml'
const kmsPort = 443

const allowList = Type.Object({ allowlist: Type.Array(Type.Object({ address: Type.String(), port: Type.Integer() })) })

/** vsock-proxy connects only to what its allow list names: KMS of the region must be there. */
export const allowListCheck: Check = {
  name: 'allow-list',
  run: async ({ paths, settings: { relays, region } }) => {
    if (relays === 'external') return notNeeded('RELAYS=external')
    let list: unknown
    try {
      list = parse(await readFile(paths.allowListFile, 'utf8'), { prettyErrors: false, logLevel: 'error' })
    } catch (error) {
      const fault = error instanceof Error && error.name === 'YAMLParseError' ? 'is not YAML' : systemErrorSentence(error)
      return failed(`${name} ${fault}`, 'install aws-nitro-enclaves-cli on the host and mount its /etc/nitro_enclaves: vsock-proxy ends without the file')
    }
    if (!Value.Check(allowList, list)) {
      return failed(`${name} holds no list "allowlist" of address and port`, 'restore the file from aws-nitro-enclaves-cli: vsock-proxy cannot read it')
    }
    return judge(list.allowlist, region)
  },
}

function judge (services: readonly { address: string, port: number }[], region: string | undefined): Finding {
  const entries = services.length
  if (region === undefined) return warning(`${entries} entries, but the region is not known`, 'set AWS_REGION', { entries })
  const target = kmsHostOf(region)
  const facts = { entries, target: `${target}:${kmsPort}` }
  const open = services.filter(({ port }) => port === kmsPort)
  if (open.some(({ address }) => address === target)) return ok(`${target}:${kmsPort} is allowed`, facts)
  const advice = `add the line "- {address: ${target}, port: ${kmsPort}}" to /etc/nitro_enclaves/vsock-proxy.yaml`
  // vsock-proxy also compares the addresses that names resolve to, once at its start.
  return open.some(({ address }) => isIP(address) !== 0)
    ? warning(`${target}:${kmsPort} is not allowed by name, perhaps by an IP address, which changes`, advice, facts)
    : failed(`${target}:${kmsPort} is not allowed`, advice, facts)
}
