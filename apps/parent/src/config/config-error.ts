/** The configuration cannot be used. The message lists every fault, one a line, by the variable's name. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'INVALID_CONFIGURATION'
  /** One sentence a fault; starts with the variable's name. */
  readonly faults: readonly string[]

  constructor (faults: readonly string[], options?: ErrorOptions) {
    super(`the configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map(fault => `  ${fault}`).join('\n')}`, options)
    this.faults = faults
  }
}
