/** As much of a connection as says how idle it is. */
export interface Activity {
  /** Requests being worked on. */
  readonly inFlight: number
  /** When its last whole frame came, or it was opened, by a monotonic clock in milliseconds. */
  readonly lastActiveMs: number
}

/** The connection to drop when one has to go: one without work before one with work, then the one that was silent longest. */
export function longestIdle<C extends Activity> (connections: Iterable<C>): C | undefined {
  let longest: C | undefined
  for (const connection of connections) {
    if (longest === undefined || isIdler(connection, longest)) longest = connection
  }
  return longest
}

function isIdler (one: Activity, other: Activity): boolean {
  if ((one.inFlight === 0) !== (other.inFlight === 0)) return one.inFlight === 0
  return one.lastActiveMs < other.lastActiveMs
}
