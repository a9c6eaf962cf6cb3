import type { Verification } from './verify.ts'

/** What a person reads of a verification: a line for each fault, then what there is. */
export function reportOf (verification: Verification): string {
  const { told, faults, missingHeads } = verification
  const untold = faults - told.length - missingHeads.length
  const lines = [
    ...told.map(({ file, line, kind, detail }) => `${file}:${line}: ${kind}: ${detail}`),
    ...untold > 0 ? [`and ${untold} more`] : [],
    ...missingHeads.map(hash => `the log does not hold the head ${hash}: lines are gone, or this is another log`),
    summaryOf(verification),
    faults === 0 ? 'ok: the log is as it was written' : `${faults} ${faults === 1 ? 'fault' : 'faults'}: the log is not as it was written`,
  ]
  return `${lines.join('\n')}\n`
}

function summaryOf ({ files, lines, first, head, recoveries }: Verification): string {
  const beginning = first === undefined || first === 1 ? '' : `; what came before entry ${first} was not looked at`
  const torn = recoveries === 0 ? '' : `, ${recoveries} torn by a crash and closed off`
  return `${files} ${files === 1 ? 'file' : 'files'}, ${lines} lines${torn}, entries ${first ?? 0} to ${head.entry}, head ${head.hash}${beginning}`
}
