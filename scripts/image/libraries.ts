import { execFileSync } from 'node:child_process'

/** The shared libraries that programs load, the loader among them: absolute paths, as the loader looks for them, each once and sorted. */
export function librariesOf (programs: readonly string[]): string[] {
  const found = programs.flatMap(program => readLibraries(execFileSync('ldd', [program], { encoding: 'utf8' })))
  return [...new Set(found)].sort()
}

/**
 * The paths in what ldd prints. The kernel's own `linux-vdso` has none.
 *
 * @throws Error where a library is missing: the image would not start.
 */
export function readLibraries (printed: string): string[] {
  const missing = /^\s*(\S+) => not found$/m.exec(printed)
  if (missing !== null) throw new Error(`there is no library ${missing[1] ?? ''}`)
  return [...printed.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = '']) => path)
}
