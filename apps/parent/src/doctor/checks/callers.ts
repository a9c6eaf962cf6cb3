import { KeySets } from '../../callers/credentials/fetched-keys.ts'
import { UsedTokens } from '../../callers/credentials/used-tokens.ts'
import { loadCallers } from '../../callers/load-callers.ts'
import type { Check } from '../check.ts'
import { notNeeded, ok } from '../finding.ts'
import { refusedFiles } from '../refused-files.ts'

/** CALLERS_FILE and the key files it names, read as the service reads them. Addresses of keys are not asked. */
export const callersCheck: Check = {
  name: 'callers',
  run: async ({ settings: { callersFile, tlsFiles }, now }) => {
    if (callersFile === undefined) return notNeeded('there is no CALLERS_FILE, so that only loopback is served')
    try {
      const clientCertificates = tlsFiles?.clientCaFile !== undefined
      const remembered = { usedTokens: new UsedTokens(), keySets: new KeySets({ now }) }
      const { size } = await loadCallers({ path: callersFile, clientCertificates, ...remembered, startedAt: now(), now })
      return ok(`${size} ${size === 1 ? 'caller' : 'callers'}`, { callers: size })
    } catch (error) {
      return refusedFiles(error)
    }
  },
}
