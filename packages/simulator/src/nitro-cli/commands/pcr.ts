import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { measure } from '../../eif/measurements.ts'
import type { Arguments } from '../../command-line/clap.ts'
import { NitroCliFailure } from '../failure.ts'
import { messageOf } from '../enclave-process/image-to-run.ts'
import { formatJson } from '../output.ts'
import type { CommandContext } from '../terminal.ts'

/**
 * `pcr`: the register that measures a file, or PCR8 of a signing certificate.
 *
 * @throws NitroCliFailure E19 when the file cannot be read.
 */
export function printPcr (args: Arguments, { out }: CommandContext): void {
  const certificate = args.value('signing-certificate')
  out(formatJson(certificate === undefined
    ? { PCR: measure([readInput(args.value('input') ?? '')]).toString('hex') }
    : { PCR8: measure([new X509Certificate(readInput(certificate)).raw]).toString('hex') }))
}

function readInput (path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new NitroCliFailure('E19', `Failed to open file: ${messageOf(cause)}`, { info: [path, 'Open'], cause })
  }
}
