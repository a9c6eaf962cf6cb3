import { ClapExit, parseArguments } from '../../command-line/clap.ts'

/** What vsock-proxy was asked to do. */
export interface ProxyOptions {
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  /** Connections served at once; more wait. */
  readonly workers: number
  /** The allow-list's file, when one was named. */
  readonly configFile?: string
}

const version = '1.0.2'
const maxPort = 65_535
const maxVsockPort = 0xffffffff

/**
 * Reads vsock-proxy's arguments (vsock_proxy/src/main.rs).
 *
 * @throws ClapExit for a wrong command line; Error with vsock-proxy's words for a wrong number.
 */
export function readProxyOptions (args: readonly string[]): ProxyOptions {
  if (args.includes('--version') || args.includes('-V')) throw new ClapExit(0, `Vsock-TCP proxy ${version}`)
  const { value, operands } = parseArguments(args, {
    usage: 'vsock-proxy',
    about: 'Vsock-TCP proxy',
    options: [
      { name: 'ipv4', short: '4', kind: 'flag' },
      { name: 'ipv6', short: '6', kind: 'flag', conflictsWith: ['ipv4'] },
      { name: 'num_workers', short: 'w', kind: 'value' },
      { name: 'config', kind: 'value' },
    ],
    operands: ['local_port', 'remote_addr', 'remote_port'],
  })
  const [localPort = '', remoteAddress = '', remotePort = ''] = operands
  const configFile = value('config')
  const workers = readNumber(value('num_workers') ?? '4', Number.MAX_SAFE_INTEGER, 'Number of workers is not valid')
  if (workers === 0) throw new Error('Number of workers must not be 0')
  return {
    localPort: readNumber(localPort, maxVsockPort, 'Local port is not valid'),
    remoteAddress,
    remotePort: readNumber(remotePort, maxPort, 'Remote port is not valid'),
    workers,
    ...(configFile !== undefined && { configFile }),
  }
}

function readNumber (text: string, max: number, message: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(number <= max)) throw new Error(message)
  return number
}
