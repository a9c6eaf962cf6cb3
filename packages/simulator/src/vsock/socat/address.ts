/** One of socat's two addresses: `TYPE:parameter:…,option=value,…` (socat(1), "Address specifications"). */
export interface SocatAddress {
  /** Lower case. */
  readonly type: string
  readonly parameters: readonly string[]
  /** Names in lower case; `''` for an option without a value. */
  readonly options: ReadonlyMap<string, string>
}

/** Splits an address. Quoting is not simulated. */
export function parseSocatAddress (text: string): SocatAddress {
  const [head = '', ...options] = text.split(',')
  const [type = '', ...parameters] = head.split(':')
  return {
    type: type.toLowerCase(),
    parameters,
    options: new Map(options.map((option) => {
      const [name = '', value = ''] = option.split(/=(.*)/s, 2)
      return [name.toLowerCase(), value]
    })),
  }
}

/** What a vsock address says. */
export interface VsockAddress {
  readonly listens: boolean
  readonly cid: number
  readonly port: number
}

/** A vsock address's CID and port; undefined for another type of address. A listener's CID is the parent's. */
export function vsockAddressOf ({ type, parameters }: SocatAddress, parentCid: number): VsockAddress | undefined {
  const [first = '', second = ''] = parameters
  if (type === 'vsock-connect' || type === 'vsock') return { listens: false, cid: Number(first), port: Number(second) }
  if (type === 'vsock-listen' || type === 'vsock-l') return { listens: true, cid: parentCid, port: Number(first) }
  return undefined
}

/** The address of the Unix socket that stands for a vsock address, with the same options. */
export function unixAddress (text: string, listens: boolean, path: string): string {
  const [, ...options] = text.split(',')
  const escaped = path.replace(/[\\,:!"'()[\]{}]/g, '\\$&')
  return [`${listens ? 'unix-listen' : 'unix-connect'}:${escaped}`, ...options].join(',')
}
