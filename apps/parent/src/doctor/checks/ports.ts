import type { Check } from '../check.ts'
import { failed, notNeeded, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { tryToListen } from '../listening.ts'
import { askService } from '../running-service.ts'
import type { DoctorSettings } from '../settings.ts'

/** HOST and PORT: free, or held by an enclave-signer that already runs, which is taken for this one. */
export const apiPortCheck: Check = {
  name: 'api-port',
  run: async ({ settings }, signal) => await judgeListener({ ...settings, prefix: '' }, settings, signal),
}

/** OPS_HOST and OPS_PORT, likewise: a service that runs has this port too. */
export const opsPortCheck: Check = {
  name: 'ops-port',
  run: async ({ settings }, signal) => {
    const { opsHost, opsPort } = settings
    if (opsPort === undefined) return notNeeded('there is no OPS_PORT, so that PORT has metrics and probes too')
    return await judgeListener({ host: opsHost, port: opsPort, prefix: 'OPS_' }, settings, signal)
  },
}

/** RELAY_PORT and one port more for each further enclave, on loopback. */
export const relayPortsCheck: Check = {
  name: 'relay-ports',
  run: async ({ settings }, signal) => {
    const ports = Array.from({ length: settings.enclaveCount }, (_, index) => settings.relayPort + index)
    const taken = await filterAsync(ports, async port => await tryToListen('127.0.0.1', port) !== undefined)
    return settings.relays === 'external' ? judgeExternal(ports, taken) : await judgeManaged(settings, ports, taken, signal)
  },
}

/** Where the service is to listen, and how its settings begin. */
interface Listener {
  readonly host: string
  readonly port: number
  readonly prefix: '' | 'OPS_'
}

async function judgeListener ({ host, port, prefix }: Listener, settings: DoctorSettings, signal: AbortSignal): Promise<Finding> {
  if (port === 0) return ok(`the system chooses one (${prefix}PORT=0)`, { port })
  const facts = { host, port }
  const fault = await tryToListen(host, port)
  if (fault === undefined) return ok(`port ${port} on ${host} is free`, facts)
  if (fault === 'EADDRNOTAVAIL' || fault === 'ENOTFOUND') return failed(`${host} is no address of this host`, `set ${prefix}HOST to one`, facts)
  if (fault !== 'EADDRINUSE') return failed(`port ${port} on ${host} cannot be listened on (${fault})`, `set ${prefix}PORT to one above 1023`, facts)
  if (await askService(settings, signal) !== undefined) return ok(`port ${port} on ${host} is held by an enclave-signer that runs`, facts)
  return settings.secured
    ? warning(`port ${port} on ${host} is in use`, 'right while the service runs: it cannot be asked without credentials', facts)
    : failed(`port ${port} on ${host} is in use by another program`, `end that program or set ${prefix}PORT`, facts)
}

async function judgeManaged (settings: DoctorSettings, ports: number[], taken: number[], signal: AbortSignal): Promise<Finding> {
  const facts = { ports: ports.map(String), taken: taken.map(String) }
  if (taken.length === 0) return ok(`free on 127.0.0.1: ${ports.join(', ')}`, facts)
  const service = await askService(settings, signal)
  if (service?.relaysRun === true) return ok(`held by the enclave-signer that runs: ${taken.join(', ')}`, facts)
  const summary = `in use on 127.0.0.1: ${taken.join(', ')}`
  return settings.secured
    ? warning(summary, 'right while the service runs; else end that program or set RELAY_PORT', facts)
    : failed(summary, 'end that program or set RELAY_PORT', facts)
}

function judgeExternal (ports: number[], taken: number[]): Finding {
  const missing = ports.filter(port => !taken.includes(port))
  const facts = { ports: ports.map(String), taken: taken.map(String) }
  return missing.length === 0
    ? ok(`a relay listens on 127.0.0.1: ${ports.join(', ')}`, facts)
    : warning(`no relay listens on 127.0.0.1: ${missing.join(', ')}`, 'start the relays\' containers (RELAYS=external)', facts)
}

async function filterAsync (ports: number[], test: (port: number) => Promise<boolean>): Promise<number[]> {
  const results = await Promise.all(ports.map(test))
  return ports.filter((_, index) => results[index])
}
