import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createClient, ProtocolError } from '@enclave-signer/protocol'
import { test } from 'tap'

import { EnclaveLink } from '../../src/enclave-client/enclave-link.ts'
import { ParentError } from '../../src/errors.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'
import type { NitroCli } from '../../src/nitro-cli/nitro-cli.ts'
import type { LaunchOptions } from '../../src/nitro-cli/arguments.ts'
import { NitroCliError } from '../../src/nitro-cli/errors.ts'
import type { DescribedEnclave } from '../../src/nitro-cli/output.ts'
import { createEnclaveHost } from '../../src/supervisor/enclave-host.ts'
import { createEnclaveProcessMemory } from '../../src/supervisor/enclave-process.ts'
import { judgeFailure } from '../../src/supervisor/failure-verdict.ts'
import { Lifecycle } from '../../src/supervisor/lifecycle.ts'
import { superviseEnclave } from '../../src/supervisor/supervisor.ts'
import type { SupervisorOptions } from '../../src/supervisor/supervisor.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'

const pcr = 'ab'.repeat(48)
const image = { eifPath: '/a.eif', name: undefined, imageId: undefined, cacheDigest: undefined }

/** A host on which enclaves are entries of a list, and sessions that the test ends. */
function arrange (change: Partial<SupervisorOptions> = {}): Arrangement {
  const lockFile = join(tmpdir(), `es-${randomUUID().slice(0, 8)}.lock`)
  const host: DescribedEnclave[] = []
  const controller = new AbortController()
  const lines: { from?: string, to?: string, reason?: string }[] = []
  const log = createLogger('debug', { write: line => { lines.push(JSON.parse(line) as object) } })
  const metrics = createMetrics()
  const sessions: { end: (reason: string) => void }[] = []
  const waiters: { state: string, resolve: () => void }[] = []
  const lifecycle = new Lifecycle({
    name: 'enclave-signer-0',
    debugMode: false,
    log,
    metrics,
    now: Date.now,
    onChange: ({ name }) => { for (const { state, resolve } of waiters) if (state === name) resolve() },
  })
  const link = new EnclaveLink(() => lifecycle.state.name)
  let launches = 0
  const launched: LaunchOptions[] = []
  const relay: string[] = []
  const nitroCli = {
    describeEnclaves: async () => [...host],
    terminateEnclave: async (id: string) => {
      host.splice(host.findIndex(({ enclaveId }) => enclaveId === id), 1)
      return id
    },
    runEnclave: async (asked: LaunchOptions) => {
      launched.push(asked)
      const enclaveId = `enclave ${++launches}`
      host.push({ name: 'enclave-signer-0', enclaveId, cid: 16, processId: 0, running: true, debugMode: false })
      return { enclaveId, cid: 21, processId: 0 }
    },
  } as unknown as NitroCli
  const options: SupervisorOptions = {
    lifecycle,
    link,
    host: createEnclaveHost({
      nitroCli,
      parentName: 'enclave-signer',
      launch: { name: 'enclave-signer-0', cid: 16, cpuCount: 2, memoryMib: 2634, debugMode: false },
      launchLockFile: lockFile,
      processes: createEnclaveProcessMemory('/nowhere/x.json'),
      log,
      bootGraceMs: 1000,
    }),
    relay: {
      port: 1,
      follow: cid => { relay.push(`follow ${cid}`) },
      replace: () => {
        relay.push('replace')
        return true
      },
      checked: () => undefined,
    },
    judge: (error, eifPath) => judgeFailure(error, { memoryMib: 2634, cpuCount: 2, eifPath, debugMode: false, lastWords: undefined }, '/nowhere'),
    log,
    obtainImage: async () => image,
    measureImage: async () => ({ ...image, measurements: { PCR0: pcr, PCR1: pcr, PCR2: pcr } }),
    connect: async () => createClient(new PassThrough()),
    greet: async () => undefined,
    createSession: client => {
      let end: (reason: string) => void = () => undefined
      const over = new Promise<string>(resolve => { end = resolve })
      let reason = ''
      sessions.push({ end: why => { reason = why; end(why) } })
      return {
        enclave: new FakeEnclave(),
        provision: async () => true,
        ended: async signal => { await Promise.race([over, new Promise(resolve => { signal.addEventListener('abort', resolve) })]) },
        endReason: () => reason,
        get enclaveGone () { return reason === 'gone' },
        [Symbol.dispose]: () => { client.close() },
      }
    },
    ...change,
  }
  return {
    host,
    nitroCli,
    launched,
    relay,
    controller,
    lines,
    options,
    sessions,
    link,
    lifecycle,
    metrics,
    reached: state => new Promise(resolve => { lifecycle.state.name === state ? resolve() : waiters.push({ state, resolve }) }),
    states: () => lines.filter(({ to }) => to !== undefined).map(({ to }) => to ?? ''),
    run: (drained = Promise.resolve()) => superviseEnclave(options, controller.signal, drained),
  }
}

interface Arrangement {
  host: DescribedEnclave[]
  nitroCli: NitroCli
  launched: LaunchOptions[]
  relay: string[]
  controller: AbortController
  lines: { from?: string, to?: string, reason?: string }[]
  options: SupervisorOptions
  sessions: { end: (reason: string) => void }[]
  link: EnclaveLink
  lifecycle: Lifecycle
  metrics: Metrics
  reached: (state: string) => Promise<void>
  states: () => string[]
  run: (drained?: Promise<void>) => Promise<void>
}

test('an enclave goes through its states to ready, and to stopped when that is asked for', async t => {
  const { controller, run, reached, states, host, lines, metrics } = arrange()
  const running = run()
  await reached('ready')
  t.equal(host.length, 1)
  controller.abort(new Error('SIGTERM'))
  await running
  t.same(states(), ['building', 'measuring', 'launching', 'connecting', 'provisioning', 'ready', 'draining', 'stopping', 'stopped'])
  t.match(lines.find(({ to }) => to === 'stopped'), { from: 'stopping', reason: 'SIGTERM' })
  t.equal(host.length, 0)
  const text = await metrics.registry.metrics()
  t.match(text, /enclave_state\{enclave="enclave-signer-0",state="stopped"\} 1/)
  t.match(text, /enclave_transitions_total\{enclave="enclave-signer-0",from="provisioning",to="ready"\} 1/)
})

test('the enclave takes requests until those in flight at the stop are answered', async t => {
  const { controller, run, reached, link, host } = arrange()
  let drain: () => void = () => undefined
  const running = run(new Promise(resolve => { drain = resolve }))
  await reached('ready')
  controller.abort()
  await reached('draining')
  await t.resolves(link.request('generateKey', { keyId: 'a', keySpec: 'ECC_NIST_P256' }))
  t.equal(host.length, 1)
  drain()
  await running
  await t.rejects(link.request('ping', {}), { code: 'ENCLAVE_NOT_READY' })
})

test('leftovers of an earlier parent are ended before the launch, foreign enclaves are not', async t => {
  const { controller, run, reached, host } = arrange()
  host.push({ name: 'enclave-signer-0', enclaveId: 'old', cid: 16, processId: 0, running: true, debugMode: false })
  host.push({ name: 'payments', enclaveId: 'foreign', cid: 30, processId: 0, running: true, debugMode: false })
  const running = run()
  await reached('ready')
  t.same(host.map(({ enclaveId }) => enclaveId), ['foreign', 'enclave 1'])
  controller.abort()
  await running
  t.same(host.map(({ enclaveId }) => enclaveId), ['foreign'])
})

test('a lost connection to an enclave that runs is only connected again', async t => {
  const { controller, run, reached, sessions, host, lifecycle, states } = arrange()
  const running = run()
  await reached('ready')
  sessions[0]?.end('the relay died')
  await reached('connecting')
  await reached('ready')
  t.equal(lifecycle.restarts, 0)
  t.equal(host[0]?.enclaveId, 'enclave 1')
  t.same(states().slice(-3), ['connecting', 'provisioning', 'ready'])
  controller.abort()
  await running
})

test('an enclave that is gone is launched again, with the reason in the log', async t => {
  const { controller, run, reached, sessions, host, lifecycle, lines, options } = arrange()
  const running = run()
  await reached('ready')
  host.splice(0)
  const connecting = options.connect
  options.connect = async signal => host.length === 0 ? await Promise.reject(new ProtocolError('CONNECTION_LOST', 'refused')) : await connecting(signal)
  sessions[0]?.end('the other end closed the connection')
  await reached('backing-off')
  t.match(lifecycle.state, { reason: /^the enclave enclave 1, which had been ready, does not run any more \(refused\)/ })
  await reached('ready')
  t.equal(lifecycle.restarts, 1)
  t.equal(host[0]?.enclaveId, 'enclave 2')
  t.match(lines.find(({ from }) => from === 'ready'), { to: 'connecting', reason: 'the other end closed the connection' })
  controller.abort()
  await running
})

test('a failure that may pass is tried again, from where it failed', async t => {
  let calls = 0
  const { controller, run, reached, states } = arrange({
    obtainImage: async () => {
      if (++calls === 1) throw new ParentError('DOCKER_FAILED', 'no docker', { command: 'build', exitCode: 1, kind: 'other' })
      return image
    },
  })
  const running = run()
  await reached('ready')
  t.same(states().slice(0, 4), ['building', 'backing-off', 'building', 'measuring'])
  controller.abort()
  await running
})

test('a failure that cannot pass is final, says why, and the service stays up until it is stopped', async t => {
  const arrangement = arrange({ measureImage: async () => { throw new ParentError('MEASUREMENTS_UNEXPECTED', 'PCR0 differs', { expected: '', measured: '' }) } })
  const { controller, run, reached, lifecycle, states } = arrangement
  const running = run()
  await reached('failed')
  t.match(lifecycle.state, { code: 'MEASUREMENTS_UNEXPECTED', reason: 'PCR0 differs' })
  controller.abort()
  await running
  t.same(states(), ['building', 'measuring', 'failed', 'stopping', 'stopped'])
})

test('a refused attestation is final and the enclave is ended', async t => {
  const { controller, run, reached, host, options } = arrange()
  const { createSession } = options
  options.createSession = (client, measured) => ({
    ...createSession(client, measured, { enclaveId: 'x', cid: 16, processId: 0 }),
    provision: async () => { throw new ParentError('ATTESTATION_REFUSED', 'refused', { reason: 'PCR_MISMATCH' }) },
    [Symbol.dispose]: () => undefined,
  })
  const running = run()
  await reached('failed')
  controller.abort()
  await running
  t.equal(host.length, 0)
})

test('an enclave built for another KMS key is final', async t => {
  const { controller, run, reached, lifecycle } = arrange({ greet: async () => { throw new ParentError('ENCLAVE_DIFFERS', 'other key', { setting: 'KMS key' }) } })
  const running = run()
  await reached('failed')
  t.match(lifecycle.state, { code: 'ENCLAVE_DIFFERS' })
  controller.abort()
  await running
})

test('a stop during a wait ends it at once', async t => {
  const { controller, run, reached, states, nitroCli } = arrange()
  nitroCli.runEnclave = async () => { throw new NitroCliError('E36', { command: 'run-enclave', exitCode: 39, detail: '' }) }
  const running = run()
  await reached('backing-off')
  controller.abort(new Error('SIGTERM'))
  await running
  t.equal(states().at(-1), 'stopped')
})

test('the relay follows the CID that run-enclave answers', async t => {
  const { controller, run, reached, relay } = arrange()
  const running = run()
  await reached('ready')
  t.same(relay, ['follow 21'])
  controller.abort()
  await running
})

test('an enclave that does not answer through a fresh relay either is replaced', async t => {
  const { controller, run, reached, sessions, host, lifecycle, relay, options, nitroCli } = arrange()
  let greetings = 0
  let described = 0
  const { describeEnclaves } = nitroCli
  options.greet = async () => {
    if (host[0]?.enclaveId !== 'enclave 1' || sessions.length === 0) return
    greetings++
    nitroCli.describeEnclaves = async signal => {
      described++
      return await describeEnclaves(signal)
    }
    throw new ProtocolError('DEADLINE_EXCEEDED', 'no answer to hello within 500 ms')
  }
  const running = run()
  await reached('ready')
  sessions[0]?.end('the enclave does not answer pings')
  await reached('backing-off')
  t.same([greetings, described], [2, 0], 'through the old relay, through the new one, and no word of nitro-cli waited for')
  t.match(lifecycle.state, { code: 'ENCLAVE_UNRESPONSIVE', reason: 'the enclave enclave 1 runs and does not answer' })
  t.same(relay, ['follow 21', 'replace'])
  await reached('ready')
  t.equal(host[0]?.enclaveId, 'enclave 2')
  t.match(lifecycle.failures, [
    { code: 'ENCLAVE_UNRESPONSIVE', state: 'connecting' }, { code: 'CONNECTION_LOST', state: 'ready', reason: 'the enclave does not answer pings' },
  ])
  controller.abort()
  await running
})

test('a relay that takes connections and carries nothing is replaced, the enclave is not', async t => {
  const { controller, run, reached, sessions, host, lifecycle, relay, options } = arrange()
  options.greet = async () => {
    if (sessions.length > 0 && !relay.includes('replace')) throw new ProtocolError('DEADLINE_EXCEEDED', 'no answer to hello within 500 ms')
  }
  const running = run()
  await reached('ready')
  sessions[0]?.end('the enclave does not answer pings')
  await reached('connecting')
  await reached('ready')
  t.equal(lifecycle.restarts, 0)
  t.equal(host[0]?.enclaveId, 'enclave 1')
  controller.abort()
  await running
})

test('an enclave that nitro-cli calls gone is launched again without another try to connect', async t => {
  const { controller, run, reached, sessions, lifecycle, host, metrics } = arrange()
  const running = run()
  await reached('ready')
  host.splice(0)
  sessions[0]?.end('gone')
  await reached('backing-off')
  t.match(lifecycle.state, { code: 'ENCLAVE_GONE', reason: /^the enclave enclave 1, which had been ready, does not run any more \(gone\); look for what ended it/ })
  t.match(await metrics.registry.metrics(), /enclave_failures_total\{enclave="enclave-signer-0",code="ENCLAVE_GONE"\} 1/)
  await reached('ready')
  t.equal(lifecycle.restarts, 1)
  controller.abort()
  await running
})

test('an enclave that ends before it ever answers has never come up, which is another failure than to have died', async t => {
  const { controller, run, reached, lifecycle, host, metrics, options, lines } = arrange()
  const { connect } = options
  options.connect = async signal => {
    if (lifecycle.restarts > 0) return await connect(signal)
    host.splice(0)
    throw new ParentError('ENCLAVE_UNREACHABLE', 'nothing answers', { port: 1 })
  }
  const running = run()
  await reached('backing-off')
  t.match(lifecycle.state, {
    code: 'ENCLAVE_NEVER_READY',
    reason: /^the enclave enclave 1 was started and ended before it was ever ready \(nothing answers\); set ENCLAVE_DEBUG_MODE=true/,
  })
  t.match(lines.at(-1), { to: 'backing-off', code: 'ENCLAVE_NEVER_READY' })
  t.match(lifecycle.failures, [{ code: 'ENCLAVE_NEVER_READY', state: 'connecting' }])
  t.match(await metrics.registry.metrics(), /enclave_failures_total\{enclave="enclave-signer-0",code="ENCLAVE_NEVER_READY"\} 1/)
  await reached('ready')
  controller.abort()
  await running
})

test('an enclave that ends while it is being provisioned has never come up either', async t => {
  const { controller, run, reached, lifecycle, options } = arrange()
  const { createSession } = options
  options.createSession = (...given) => {
    const session = createSession(...given)
    return lifecycle.restarts > 0
      ? session
      : { ...session, provision: async () => false, ended: async () => undefined, endReason: () => 'not listed', enclaveGone: true, [Symbol.dispose]: () => { session[Symbol.dispose]() } }
  }
  const running = run()
  await reached('backing-off')
  t.match(lifecycle.state, { code: 'ENCLAVE_NEVER_READY', reason: /\(not listed\)/ })
  await reached('ready')
  controller.abort()
  await running
})

test('while it waits, the status tells the code, the reason and the time of the next attempt', async t => {
  const { controller, run, reached, lifecycle, nitroCli } = arrange()
  nitroCli.runEnclave = async () => { throw new NitroCliError('E36', { command: 'run-enclave', exitCode: 39, detail: 'Enclave boot failure' }) }
  const running = run()
  await reached('backing-off')
  t.match(lifecycle.state, { code: 'E36', reason: /Enclave boot failure.*two booting at once/ })
  t.type(lifecycle.nextAttemptAt, 'number')
  t.ok((lifecycle.nextAttemptAt ?? 0) > lifecycle.since)
  controller.abort()
  await running
})

test('connections that never last end in a new enclave', async t => {
  const { controller, run, reached, sessions, lifecycle, options } = arrange()
  const { createSession } = options
  options.createSession = (...given) => {
    const bad = sessions.length < 5
    const session = createSession(...given)
    return bad ? Object.assign(session, { provision: async () => false }) : session
  }
  const running = run()
  await reached('ready')
  t.equal(lifecycle.restarts, 1)
  t.match(lifecycle.failures[0], { code: 'ENCLAVE_UNRESPONSIVE', reason: /no connection to the enclave enclave 1 lasts/ })
  controller.abort()
  await running
})
