/** A service that may be forwarded to. */
export interface AllowedService {
  readonly address: string
  readonly port: number
}

/** KMS in any region, as the default file lists them one by one (aws-nitro-enclaves-cli vsock_proxy/configs/vsock-proxy.yaml). */
const kmsHost = /^kms(?:-fips)?\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?$/
const httpsPort = 443

/** Whether the list that comes with vsock-proxy has this service. */
export function isOnDefaultList ({ address, port }: AllowedService): boolean {
  return port === httpsPort && kmsHost.test(address)
}

/**
 * Reads the `allowlist` of a configuration file: YAML in the shape of the default file, one service a line as `- {address: …, port: …}`, or
 * `address:` and `port:` on lines of their own.
 *
 * @throws Error with vsock-proxy's words when there is no list or a service lacks a part.
 */
export function parseAllowlist (yaml: string): AllowedService[] {
  const text = yaml.replace(/^\s*#.*$|\s#.*$/gm, '')
  if (!/^allowlist:/m.test(text)) throw new Error('No allowlist field')
  return text.split(/^\s*-\s*/m).slice(1).map((item) => {
    const address = /\baddress:\s*["']?([^\s,}"']+)/.exec(item)?.[1]
    const port = /\bport:\s*(\d+)/.exec(item)?.[1]
    if (address === undefined) throw new Error('No address field')
    if (port === undefined) throw new Error('No port field or invalid type')
    return { address, port: Number(port) }
  })
}
