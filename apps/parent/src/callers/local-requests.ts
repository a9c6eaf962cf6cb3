/** What a browser's address bar can hold of this host that no name server has a say in; any port. */
const thisHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

/** Headers that a browser sets, and no page can. */
export interface LocalHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
}

/**
 * Whether a request to a loopback address was meant for this host. A page of `evil.example` is let read and send by the browser what
 * `evil.example` leads to, and that may turn out to be 127.0.0.1 (DNS rebinding): the host it asks for is then `evil.example` still. And
 * any page can send to `localhost` without being let read the answer: its origin is another one then. Without a host there is no browser.
 */
export function isMeantForThisHost ({ host, origin }: LocalHeaders): boolean {
  if (host !== undefined && !thisHost.test(host)) return false
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())
}
