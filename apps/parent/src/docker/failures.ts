/** What docker could not do, as far as its words tell. */
export type DockerFailureKind =
  | 'program-missing' | 'daemon-not-running' | 'permission-denied' | 'disk-full' | 'pull-denied' | 'image-unknown' | 'registry-unreachable' | 'other'

/** What to do about a kind of failure; empty where docker's own words are all there is. */
export const dockerAdvice: Readonly<Record<DockerFailureKind, string>> = {
  'program-missing': 'install docker in the parent\'s container or set DOCKER_PATH',
  'daemon-not-running': 'start the docker daemon of the host and mount its socket (/var/run/docker.sock) into the parent\'s container',
  'permission-denied': 'give the parent\'s user access to the docker socket (/var/run/docker.sock)',
  'disk-full': 'free space where docker keeps its images (docker system df shows what takes it)',
  'pull-denied': 'the image is on no registry that docker may pull from: load it on this host, or log docker in',
  'image-unknown': 'push the image to its registry, or load it on this host',
  'registry-unreachable': 'the image is not on this host and its registry cannot be reached',
  other: '',
}

/** docker's and BuildKit's sentences, the most telling first: a full disk and a refused socket come wrapped in others. */
const sentences: readonly [RegExp, DockerFailureKind][] = [
  [/no space left on device|ENOSPC|disk quota exceeded/i, 'disk-full'],
  [/permission denied.*(?:docker daemon|docker\.sock)|dial unix.*permission denied/is, 'permission-denied'],
  [/cannot connect to the docker daemon|is the docker daemon running|dial unix.*(?:no such file|connection refused)/is, 'daemon-not-running'],
  [/pull access denied|repository does not exist|insufficient_scope|authorization failed|unauthorized: |no basic auth credentials/i, 'pull-denied'],
  [/no such (?:image|object)|manifest unknown|: not found/i, 'image-unknown'],
  [/no such host|i\/o timeout|tls handshake timeout|network is unreachable|connection refused/i, 'registry-unreachable'],
]

/** The kind of failure that docker's standard error tells of. */
export function dockerFailureKind (stderr: string): DockerFailureKind {
  return sentences.find(([sentence]) => sentence.test(stderr))?.[1] ?? 'other'
}
