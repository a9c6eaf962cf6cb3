/** The id of an image of this host. */
export function inspectImageIdArguments (image: string): string[] {
  return ['image', 'inspect', '--format', '{{.Id}}', image]
}

/** An image from its registry. */
export function pullArguments (image: string): string[] {
  return ['pull', '--quiet', image]
}

/** A name for an image that is known by its id. */
export function tagArguments (imageId: string, tag: string): string[] {
  return ['tag', imageId, tag]
}

/** An image from a Dockerfile on standard input and no context. */
export function buildArguments (tag: string): string[] {
  return ['build', '--quiet', '--tag', tag, '-']
}
