/** What a command of `enclave-signer` prints when it ends, and its exit status. */
export interface CommandOutput {
  stdout: string
  stderr: string
  exitCode: number
}
