import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { connect } from 'node:net'

import type { Check } from '../check.ts'
import { failed, notNeeded, ok } from '../finding.ts'
import { systemErrorCode, systemErrorSentence } from '../system-error.ts'

const name = '/var/run/docker.sock'
const advice = `start docker on the host, mount ${name} and let the user of the service write to it`

/** The mounted socket of the docker daemon, by connecting to it. */
export const dockerSocketCheck: Check = {
  name: 'docker-socket',
  run: async ({ settings, env, paths }, signal) => {
    if (settings.eifPath !== undefined) return notNeeded('ENCLAVE_EIF_PATH gives a ready EIF')
    if ((env.DOCKER_HOST ?? '') !== '') return notNeeded('DOCKER_HOST leads to another one')
    try {
      const stats = await stat(paths.dockerSocket)
      // Docker makes an empty folder of a bind mount whose source is missing.
      if (stats.isDirectory()) return failed(`${name} is a folder: it was missing on the host when it was mounted`, advice)
      if (!stats.isSocket()) return failed(`${name} is no socket`, advice)
      await connectTo(paths.dockerSocket, signal)
      return ok(`${name} takes connections`)
    } catch (error) {
      return failed(`${name} ${systemErrorSentence(error)}`, advice, { errorCode: systemErrorCode(error) ?? 'unknown' })
    }
  },
}

async function connectTo (path: string, signal: AbortSignal): Promise<void> {
  const socket = connect({ path })
  try {
    await once(socket, 'connect', { signal })
  } finally {
    socket.destroy()
  }
}
