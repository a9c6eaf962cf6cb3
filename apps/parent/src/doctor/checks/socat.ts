import type { Check } from '../check.ts'
import { failed, notNeeded, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { askProgram } from '../program.ts'

const install = 'install socat 1.7.4 or later where the service runs, or set SOCAT_PATH'

/** `socat -V`: the relay to the enclave must have been built with vsock. */
export const socatCheck: Check = {
  name: 'socat',
  run: async ({ settings, env }, signal) => {
    if (settings.relays === 'external') return notNeeded('RELAYS=external')
    const answer = await askProgram({ executable: settings.executables.socat, args: ['-V'], env, signal, advice: install })
    return 'finding' in answer ? answer.finding : judge(answer.stdout)
  },
}

function judge (stdout: string): Finding {
  const version = /^socat version (\S{1,32})/m.exec(stdout)?.[1]
  if (version === undefined) return warning('it is there but does not tell its version', `run "socat -V" by hand, or ${install}`)
  const facts = { version, vsock: /^\s*#define WITH_VSOCK 1/m.test(stdout) }
  return facts.vsock ? ok(`version ${version} with vsock`, facts) : failed(`version ${version} was built without vsock`, install, facts)
}
