import type { Check } from '../check.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { askProgram } from '../program.ts'

const install = 'install aws-nitro-enclaves-cli where the service runs, or set NITRO_CLI_PATH'

/** `nitro-cli --version`. Enclaves have names since 1.1, and the service knows its own by their names. */
export const nitroCliCheck: Check = {
  name: 'nitro-cli',
  run: async ({ settings, env }, signal) => {
    const answer = await askProgram({ executable: settings.executables.nitroCli, args: ['--version'], env, signal, advice: install })
    return 'finding' in answer ? answer.finding : judgeVersion(answer.stdout)
  },
}

function judgeVersion (stdout: string): Finding {
  const [version, major, minor] = /\b(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?\b/.exec(stdout) ?? []
  if (version === undefined) return warning('it is there but does not tell its version', 'run "nitro-cli --version" by hand; 1.1 or later is needed')
  const facts = { version }
  return Number(major) === 0 || (Number(major) === 1 && Number(minor) < 1)
    ? failed(`version ${version} knows no enclave names`, 'update aws-nitro-enclaves-cli to 1.1 or later', facts)
    : ok(`version ${version}`, facts)
}
