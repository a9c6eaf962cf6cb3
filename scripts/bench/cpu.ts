import { readdirSync, readFileSync } from 'node:fs'

interface ProcessStat {
  pid: number
  parentPid: number
  name: string
  ticks: number
}

/** Clock ticks a second in /proc (Linux's USER_HZ, fixed at 100 for programs). */
const ticksPerSecond = 100

/** CPU time in seconds that the parent, the enclave and the relays have used so far. */
export function cpuSeconds (startPid: number, enclavePid: number): { parent: number, enclave: number, relays: number } {
  const all = readAll()
  const below = descendants(all, startPid)
  const seconds = (some: ProcessStat[]): number => some.reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond
  return {
    parent: seconds(below.filter(({ parentPid }) => parentPid === startPid)),
    enclave: seconds(all.filter(({ pid }) => pid === enclavePid)),
    relays: seconds(below.filter(({ name }) => name === 'socat')),
  }
}

/** The parent: the start script's child. */
export function parentPidOf (startPid: number): number {
  return readAll().find(({ parentPid }) => parentPid === startPid)?.pid ?? 0
}

function descendants (all: ProcessStat[], ancestor: number): ProcessStat[] {
  const children = all.filter(({ parentPid }) => parentPid === ancestor)
  return [...children, ...children.flatMap(({ pid }) => descendants(all, pid))]
}

function readAll (): ProcessStat[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(name => {
    try {
      return [parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))]
    } catch {
      return []
    }
  })
}

/** proc(5): pid, (comm), state, ppid, …; utime, stime and the waited-for children's own are fields 14 to 17. */
function parseStat (text: string): ProcessStat {
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  return { pid: parseInt(text), parentPid: Number(fields[1]), name: text.slice(text.indexOf('(') + 1, end), ticks }
}
