import type { KeySpec, SigningAlgorithm } from '@enclave-signer/protocol'

import type { MetricMaker } from './metric-maker.ts'

/** A signing request that is over. */
export interface SignedFacts {
  keySpec: KeySpec
  signingAlgorithm: SigningAlgorithm
  /** `ok`, or what `outcomeOf` says of the error. */
  outcome: string
  /** From the order to its answer. */
  seconds: number
}

/** What signing and the key store report. */
export interface SigningMetrics {
  signed: (facts: SignedFacts) => void
  /** Signing requests since the start, by how they ended. */
  signingTotals: () => Promise<{ signed: number, refused: number }>
  keysStored: (readable: number, unreadable: number) => void
  /** A key that the enclave did not hold was given to it; `outcome` is `ok` or an error's code. */
  keyLoaded: (outcome: string) => void
}

export function signingMetrics (make: MetricMaker): SigningMetrics {
  const labels = ['key_spec', 'signing_algorithm'] as const
  const signatures = make.counter('signatures_total', 'Signing requests by outcome: ok, the code of the error, or ABORTED where the caller has gone', [...labels, 'outcome'])
  const durations = make.histogram('signature_duration_seconds', 'Time from a signing request to its answer, of those that succeeded', [...labels])
  const keys = make.gauge('keys', 'Stored keys', ['readable'])
  const loads = make.counter('key_loads_total', 'Keys that the enclave was given because it did not hold them, by outcome', ['outcome'])
  loads.inc({ outcome: 'ok' }, 0)
  return {
    signed: ({ keySpec, signingAlgorithm, outcome, seconds }) => {
      const key = { key_spec: keySpec, signing_algorithm: signingAlgorithm }
      signatures.inc({ ...key, outcome })
      if (outcome === 'ok') durations.observe(key, seconds)
    },
    signingTotals: async () => {
      const { values } = await signatures.get()
      const sum = (wanted: boolean): number =>
        values.reduce((total, { labels: { outcome }, value }) => (outcome === 'ok') === wanted ? total + value : total, 0)
      return { signed: sum(true), refused: sum(false) }
    },
    keysStored: (readable, unreadable) => {
      keys.set({ readable: 'true' }, readable)
      keys.set({ readable: 'false' }, unreadable)
    },
    keyLoaded: outcome => { loads.inc({ outcome }) },
  }
}
