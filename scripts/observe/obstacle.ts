import { createServer } from 'node:net'

import { findTool } from '../test/find-tool.ts'

const install = `prometheus is not installed. On Debian and Ubuntu: apt-get install prometheus
That starts a service of the system as well, on port 9090; systemctl disable --now prometheus ends it.`

/** Why Prometheus cannot be started on a loopback port, and what to do about it; undefined where it can. */
export async function obstacleTo (port: number): Promise<string | undefined> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'PROMETHEUS_PORT must be a whole number from 1 to 65535'
  if (findTool('prometheus') === undefined) return install
  const code = await tryPort(port)
  if (code === undefined) return undefined
  const why = code === 'EADDRINUSE' ? 'is taken, perhaps by the system\'s own prometheus service or by another npm run observe' : `cannot be had (${code})`
  return `The port ${port} of 127.0.0.1 ${why}.\nTake another one: PROMETHEUS_PORT=${port === 9099 ? 9098 : 9099} npm run observe`
}

/** The system's code where the port cannot be had. */
async function tryPort (port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const server = createServer()
  server.once('error', (error: NodeJS.ErrnoException) => { resolve(error.code ?? error.message) })
  server.listen(port, '127.0.0.1', () => { server.close(() => { resolve(undefined) }) })
  return await promise
}
