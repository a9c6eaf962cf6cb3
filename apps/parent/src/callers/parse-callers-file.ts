import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { isNode, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'

import { ConfigError } from '../config/config-error.ts'
import { messageOf } from '../errors.ts'
import { callersFileSchema } from './callers-file.ts'
import type { CallersFile } from './callers-file.ts'
import { callersFileFaults } from './callers-file-rules.ts'
import type { CallersFileSituation, FileFault } from './callers-file-rules.ts'

// A file is put right in one go: every fault is told, not only the first eight.
Settings.Set({ maxErrors: 1000 })

/**
 * Reads the text of `CALLERS_FILE`.
 *
 * @throws ConfigError with every fault: line, JSON pointer and what is wrong there. Values of the file are not repeated.
 */
export function parseCallersFile (text: string, situation: CallersFileSituation): CallersFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, version: '1.2' })
  const problems = [...document.errors, ...document.warnings]
  refuseIf(problems.map(({ message, pos: [start] }) => `CALLERS_FILE line ${lines.linePos(start).line}: ${message}`))
  const file = valueOf(document)
  const said = ({ path, message }: FileFault): string => `CALLERS_FILE line ${lineOf(document, lines, path)}: ${path === '' ? 'the file' : path} ${message}`
  if (!Value.Check(callersFileSchema, file)) throw new ConfigError(schemaFaults(file).map(said))
  refuseIf(callersFileFaults(file, situation).map(said))
  return file
}

/** Repetitions by aliases: more than a file has room for that writes each of them down, fewer than would hold the service up. */
const maxAliasCount = 10_000

/** An alias may repeat an entry; what repeats repetitions until the file explodes is refused. */
function valueOf (document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount })
  } catch (cause) {
    throw new ConfigError([`CALLERS_FILE has an alias that cannot be followed (${messageOf(cause)})`], { cause })
  }
}

function refuseIf (faults: string[]): void {
  if (faults.length > 0) throw new ConfigError(faults)
}

function schemaFaults (file: unknown): FileFault[] {
  return Value.Errors(callersFileSchema, file).flatMap(({ keyword, instancePath: path, params, message }): FileFault[] => {
    // Told for each member that is not known, by its own path.
    if (keyword === 'additionalProperties') return []
    if (keyword === 'boolean') return [{ path, message: 'is not known' }]
    if (keyword === 'enum' && 'allowedValues' in params) return [{ path, message: `must be one of ${params.allowedValues.join(', ')}` }]
    return [{ path, message }]
  })
}

/** The line of the entry, or of the nearest one around it. */
function lineOf (document: Document, lines: LineCounter, path: string): number {
  const segments = path.split('/').slice(1).map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
  for (let length = segments.length; length > 0; length--) {
    const node = document.getIn(segments.slice(0, length).map(segment => /^\d+$/.test(segment) ? Number(segment) : segment), true)
    if (isNode(node) && node.range != null) return lines.linePos(node.range[0]).line
  }
  return 1
}
