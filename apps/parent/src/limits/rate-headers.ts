import type { PolicyLevel } from './rate-policy.ts'

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers-10, RFC 9651 lists. A bucket is told as the quota `q` that it holds, in the window
 * `w` of seconds in which it fills; `r` is what is left, and `t` when more is there.
 */
export function rateHeaders (levels: readonly PolicyLevel[]): Record<string, string> {
  return {
    'ratelimit-policy': levels.map(({ policy, rate: { requestsPerSecond, burst } }) => `"${policy}";q=${burst};w=${Math.ceil(burst / requestsPerSecond)}`).join(', '),
    ratelimit: levels.map(({ policy, remaining, nextMs }) => `"${policy}";r=${remaining}${nextMs === 0 ? '' : `;t=${toSeconds(nextMs)}`}`).join(', '),
  }
}

/** Seconds after which every rate has something left. */
export function retryAfterOf (levels: readonly PolicyLevel[]): number {
  return Math.max(1, ...levels.filter(({ remaining }) => remaining === 0).map(({ nextMs }) => toSeconds(nextMs)))
}

function toSeconds (ms: number): number {
  return Math.ceil(ms / 1000)
}
