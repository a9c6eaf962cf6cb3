import type { Check } from '../check.ts'
import { notNeeded, ok } from '../finding.ts'
import { askProgram } from '../program.ts'

const install = 'install the docker command line where the service runs, or set DOCKER_PATH; or give a ready EIF with ENCLAVE_EIF_PATH'

/** `docker version`, answered by the daemon: without it no EIF can be built. */
export const dockerCheck: Check = {
  name: 'docker',
  run: async ({ settings, env }, signal) => {
    if (settings.eifPath !== undefined) return notNeeded('ENCLAVE_EIF_PATH gives a ready EIF')
    const { docker } = settings.executables
    const answer = await askProgram({ executable: docker, args: ['version', '--format', '{{.Server.Version}}'], env, signal, advice: install })
    if ('finding' in answer) return answer.finding
    const version = answer.stdout.trim()
    return ok(`the daemon answers, version ${version}`, { version })
  },
}
