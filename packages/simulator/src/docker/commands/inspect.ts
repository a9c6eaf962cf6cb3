import { failure } from '../command-result.ts'
import type { CommandResult } from '../command-result.ts'
import type { Image } from '../image.ts'
import type { ImageStore } from '../image-store.ts'
import { inspected } from '../inspected.ts'
import { readOptions, unknownFlag } from '../options.ts'

/** `docker image inspect`: what is known of images, as JSON or through `--format`. */
export async function inspect (args: readonly string[], store: ImageStore): Promise<CommandResult> {
  const options = readOptions(args, { flags: [], values: ['--format', '-f'] })
  if ('unknown' in options) return unknownFlag(options.unknown, 'image inspect')
  if (options.operands.length === 0) {
    return failure(1, "docker: 'docker image inspect' requires at least 1 argument\n\nUsage:  docker image inspect [OPTIONS] IMAGE [IMAGE...]\n\nSee 'docker image inspect --help' for more information")
  }
  const format = options.values.get('--format') ?? options.values.get('-f')
  const found: Image[] = []
  const errors: string[] = []
  for (const reference of options.operands) {
    try {
      found.push(await store.get(reference))
    } catch {
      errors.push(`Error: No such image: ${reference}\n`)
    }
  }
  const stdout = format === undefined
    ? JSON.stringify(found.map(inspected), null, 4)
    : found.map((image) => render(format, image)).join('\n')
  return { stdout: `${stdout}\n`, stderr: errors.join(''), exitCode: errors.length > 0 ? 1 : 0 }
}

/** A Go template with `{{.Name}}` or `{{.Name.Name}}` places, and `{{json …}}` of them. */
function render (template: string, image: Image): string {
  return template.replace(/\{\{\s*(json\s+)?\.([\w.]*)\s*\}\}/g, (_, json: string | undefined, path: string) => {
    const value = path.split('.').filter((name) => name !== '').reduce<unknown>((object, name) => {
      return (object as Record<string, unknown> | undefined)?.[name]
    }, inspected(image))
    return json === undefined && typeof value === 'string' ? value : JSON.stringify(value)
  })
}
