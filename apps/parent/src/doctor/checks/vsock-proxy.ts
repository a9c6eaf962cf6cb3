import type { Check } from '../check.ts'
import { notNeeded, ok } from '../finding.ts'
import { askProgram } from '../program.ts'

const install = 'install aws-nitro-enclaves-cli where the service runs, or set VSOCK_PROXY_PATH'

/** `vsock-proxy --version`: the relay from the enclave to KMS. */
export const vsockProxyCheck: Check = {
  name: 'vsock-proxy',
  run: async ({ settings, env }, signal) => {
    if (settings.relays === 'external') return notNeeded('RELAYS=external')
    const answer = await askProgram({ executable: settings.executables.vsockProxy, args: ['--version'], env, signal, advice: install })
    if ('finding' in answer) return answer.finding
    const version = /\d+(?:\.\d+)+/.exec(answer.stdout)?.[0]
    return version === undefined ? ok('it is there') : ok(`version ${version}`, { version })
  },
}
