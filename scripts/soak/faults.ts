import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

import { clearFaults, setFaults } from '@enclave-signer/simulator'
import type { SimulatedHost } from '@enclave-signer/simulator'

import { describeEnclaves } from '../../test/fixtures/enclave.ts'
import { processesOf } from '../../test/fixtures/processes.ts'

/** Something that goes wrong: when `inject` has settled, whatever outside the service was broken works again. */
export interface Fault {
  name: string
  inject: () => Promise<void> | void
}

/** Everything that the soak breaks. */
export function createFaults ({ dataDir, host }: { dataDir: string, host: SimulatedHost }): Fault[] {
  const directory = `${dataDir}/simulator`
  const enclavePid = (): number => describeEnclaves(dataDir)[0]?.ProcessID ?? 0
  return [
    { name: 'enclave killed', inject: () => { kill(enclavePid(), 'SIGKILL') } },
    { name: 'enclave ended', inject: () => { kill(enclavePid(), 'SIGTERM') } },
    { name: 'enclave frozen', inject: () => { kill(enclavePid(), 'SIGSTOP') } },
    { name: 'socat killed', inject: () => { killAll(dataDir, /socat tcp-listen/i) } },
    { name: 'vsock-proxy killed', inject: () => { killAll(dataDir, /vsock-proxy/) } },
    {
      name: 'vsock-proxy and enclave killed',
      inject: () => {
        killAll(dataDir, /vsock-proxy/)
        kill(enclavePid(), 'SIGKILL')
      },
    },
    {
      name: 'KMS silent, enclave killed',
      inject: async () => {
        host.kms.pause()
        kill(enclavePid(), 'SIGKILL')
        await sleep(2000)
        host.kms.resume()
      },
    },
    {
      name: 'KMS refusing, enclave killed',
      inject: () => {
        host.kms.fail('Decrypt', 'KMSInternalException', 3)
        kill(enclavePid(), 'SIGKILL')
      },
    },
    {
      name: 'credentials endpoint down, enclave killed',
      inject: async () => {
        await setFaults(directory, [{ at: 'ecs credentials', status: 500 }])
        kill(enclavePid(), 'SIGKILL')
        await sleep(2000)
        await clearFaults(directory)
      },
    },
    {
      name: 'boot fails once, enclave killed',
      inject: async () => {
        await setFaults(directory, [{ at: 'nitro-cli run-enclave', error: 'E36', times: 1 }])
        kill(enclavePid(), 'SIGKILL')
      },
    },
  ]
}

function kill (pid: number, signal: NodeJS.Signals): void {
  if (pid > 1) process.kill(pid, signal)
}

/** Kills the processes of a data directory with such a command line, as an operator's mistake would: without warning. */
function killAll (dataDir: string, command: RegExp): void {
  for (const [pid, line] of processesOf(dataDir)) {
    if (command.test(line)) execFileSync('kill', ['-9', `${pid}`])
  }
}
