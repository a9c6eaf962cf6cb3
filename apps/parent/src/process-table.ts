import { readdir, readFile } from 'node:fs/promises'

/** A process of this pid namespace as `/proc` shows it. Two processes of one boot never have both the same pid and start time. */
export interface ProcessEntry {
  pid: number
  /** `R`, `S`, `T` (stopped), `Z` (ended, not yet collected), … (proc(5)). */
  state: string
  parentPid: number
  /** In clock ticks since the boot. */
  startTime: string
}

/** A process; undefined where it does not exist (or there is no /proc). */
export async function readProcess (pid: number): Promise<ProcessEntry | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined ? undefined : parseStat(pid, stat)
}

/** The processes whose environment this user may read, with the value there of the variable `name`, where it is set. */
export async function processesWithVariable (name: string): Promise<{ pid: number, value: string }[]> {
  const entries = await readdir('/proc').catch(() => [])
  const found = await Promise.all(entries.filter(entry => /^\d+$/.test(entry)).map(async entry => {
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '')
    const value = environment.split('\0').find(item => item.startsWith(`${name}=`))?.slice(name.length + 1)
    return value === undefined ? undefined : { pid: Number(entry), value }
  }))
  return found.filter(entry => entry !== undefined)
}

/** SIGKILL; false where there was nothing to kill or it is not ours to kill. */
export function kill (pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** The name in parentheses may hold spaces and parentheses itself, so the fields are counted from its end. */
function parseStat (pid: number, stat: string): ProcessEntry | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parentPid] = fields
  const startTime = fields[19]
  if (state === undefined || parentPid === undefined || startTime === undefined) return undefined
  return { pid, state, parentPid: Number(parentPid), startTime }
}
