import { test } from 'tap'

import { dockerAdvice, dockerFailureKind } from '../../src/docker/failures.ts'
import type { DockerFailureKind } from '../../src/docker/failures.ts'

const said: [string, DockerFailureKind][] = [
  ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 'daemon-not-running'],
  ['permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/images/json": dial unix /var/run/docker.sock: connect: permission denied', 'permission-denied'],
  ['ERROR: failed to solve: write /var/lib/docker/tmp/x: no space left on device', 'disk-full'],
  ['Error response from daemon: pull access denied for signer, repository does not exist or may require \'docker login\'', 'pull-denied'],
  ['Error: No such image: signer:1', 'image-unknown'],
  ['Error response from daemon: No such image: sha256:ab', 'image-unknown'],
  ['ERROR: failed to resolve source metadata for registry.example/x:1: registry.example/x:1: not found', 'image-unknown'],
  ['dial tcp: lookup registry.example: no such host', 'registry-unreachable'],
  ['the sky fell', 'other'],
]

for (const [stderr, kind] of said) {
  test(`docker saying "${stderr.slice(0, 50)}…" is ${kind}`, async t => { t.equal(dockerFailureKind(stderr), kind) })
}

test('there is advice for every failure that is recognised', async t => {
  for (const [kind, advice] of Object.entries(dockerAdvice)) t.equal(advice === '', kind === 'other', kind)
})
