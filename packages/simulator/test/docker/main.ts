import { cp, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'tap'

import { openImageStore } from '../../src/docker/image-store.ts'
import { registerDevelopmentImage } from '../../src/docker/register-image.ts'
import { startTestHost } from '../fixtures/host.ts'

const repository = resolve(import.meta.dirname, '../../../..')

test('docker builds, tags and inspects images as the parent asks it to', async (t) => {
  const { docker } = await startTestHost(t)
  const dockerfile = 'FROM enclave-signer:dev\nENV A=1\nCMD ["node", "x.ts"]\n'

  await t.test('--version names a version', async (t) => {
    t.match(await docker(['--version']), { stdout: /^Docker version \d+\.\d+\.\d+, build \w+\n$/, exitCode: 0 })
  })

  await t.test('build --quiet prints the id, which image inspect repeats', async (t) => {
    const built = await docker(['build', '--quiet', '--tag', 'derived:one', '-'], dockerfile)
    t.match(built, { stdout: /^sha256:[0-9a-f]{64}\n$/, stderr: '', exitCode: 0 })
    t.same(await docker(['image', 'inspect', '--format', '{{.Id}}', 'derived:one']), { stdout: built.stdout, stderr: '', exitCode: 0 })
    t.same(await docker(['image', 'inspect', '--format={{.Id}}', built.stdout.trim()]), { stdout: built.stdout, stderr: '', exitCode: 0 })
    const { stdout } = await docker(['image', 'inspect', 'derived:one'])
    t.match(JSON.parse(stdout), [{ Id: built.stdout.trim(), Config: { Env: [/^PATH=/, 'A=1'], Cmd: ['node', 'x.ts'], Entrypoint: null } }])
  })

  await t.test('the same Dockerfile gives the same id, another another', async (t) => {
    const [one, same, other] = await Promise.all([dockerfile, dockerfile, `${dockerfile}ENV B=2\n`].map(async (text) => (await docker(['build', '-q', '-'], text)).stdout))
    t.equal(one, same)
    t.not(one, other)
  })

  await t.test('a missing image is refused in words and with status 1', async (t) => {
    t.same(await docker(['image', 'inspect', '--format', '{{.Id}}', 'nowhere']), { stdout: '\n', stderr: 'Error: No such image: nowhere\n', exitCode: 1 })
    t.same(await docker(['image', 'inspect', 'nowhere']), { stdout: '[]\n', stderr: 'Error: No such image: nowhere\n', exitCode: 1 })
    t.match(await docker(['build', '--quiet', '--tag', 'x', '-'], 'FROM nowhere\n'), {
      stdout: '', stderr: /^ERROR: .*nowhere: .*pull access denied, repository does not exist or may require authorization/, exitCode: 1,
    })
  })

  await t.test('tag gives an image one more name, by id or by name, and a build can begin from it', async (t) => {
    const id = (await docker(['build', '--quiet', '-'], dockerfile)).stdout.trim()
    t.same(await docker(['tag', id, 'enclave-signer-base:16']), { stdout: '', stderr: '', exitCode: 0 })
    t.same(await docker(['image', 'tag', 'enclave-signer-base:16', 'registry.example:5000/team/base']), { stdout: '', stderr: '', exitCode: 0 })
    for (const name of ['enclave-signer-base:16', 'registry.example:5000/team/base:latest']) {
      t.equal((await docker(['image', 'inspect', '--format', '{{.Id}}', name])).stdout, `${id}\n`)
    }
    const built = await docker(['build', '--quiet', '-'], 'FROM enclave-signer-base:16\nENV B=2\n')
    t.same(built, await docker(['build', '--quiet', '-'], `${dockerfile}ENV B=2\n`))
  })

  await t.test('a build does not begin from an image id, as with BuildKit, though the image is here', async (t) => {
    const id = (await docker(['build', '--quiet', '-'], dockerfile)).stdout.trim()
    t.match(await docker(['build', '--quiet', '-'], `FROM ${id}\n`), {
      stdout: '', stderr: `ERROR: failed to build: failed to solve: ${id}: failed to resolve source metadata for docker.io/library/${id}: pull access denied`, exitCode: 1,
    })
    t.match(await docker(['build', '--quiet', '-'], `FROM ${id.slice(7)}\n`), { stdout: '', stderr: /cannot specify 64-byte hexadecimal strings/, exitCode: 1 })
  })

  await t.test('a tag that cannot be is refused', async (t) => {
    t.same(await docker(['tag', 'nowhere', 'x']), { stdout: '', stderr: 'Error response from daemon: No such image: nowhere\n', exitCode: 1 })
    t.match(await docker(['tag', 'derived:one', 'Upper']), { stderr: /^Error parsing reference: "Upper" is not a valid repository\/tag: invalid reference format/, exitCode: 1 })
    t.match(await docker(['tag', 'derived:one', `sha256:${'a'.repeat(64)}`]), { stderr: /ambiguous tag using digest algorithm/, exitCode: 1 })
    t.match(await docker(['tag', 'derived:one']), { stderr: /requires 2 arguments/, exitCode: 1 })
    t.match(await docker(['tag', '--force', 'derived:one', 'x']), { stderr: /^unknown flag: --force/, exitCode: 125 })
  })

  await t.test('there is no registry to pull from', async (t) => {
    t.same(await docker(['pull', '--quiet', 'registry.example:5000/team/signer:1']), {
      stdout: '', stderr: "Error response from daemon: pull access denied for registry.example:5000/team/signer, repository does not exist or may require 'docker login'\n", exitCode: 1,
    })
    t.match(await docker(['pull', `signer@sha256:${'a'.repeat(64)}`]), { stderr: /denied for signer, /, exitCode: 1 })
    t.match(await docker(['pull']), { stderr: /requires 1 argument/, exitCode: 1 })
    t.match(await docker(['pull', '--force', 'x']), { stderr: /^unknown flag: --force/, exitCode: 125 })
  })

  await t.test('other commands and flags are refused', async (t) => {
    t.match(await docker(['run', 'x']), { stderr: /unknown command: docker run/, exitCode: 1 })
    t.match(await docker(['build', '--squash', '-']), { stderr: /^unknown flag: --squash/, exitCode: 125 })
    t.match(await docker(['build', '.']), { stderr: /standard input/, exitCode: 1 })
    t.match(await docker(['image', 'inspect']), { stderr: /at least 1 argument/, exitCode: 1 })
  })
})

test("a change of the enclave's source changes the development image, a change elsewhere does not", async (t) => {
  const copy = t.testdir()
  for (const path of ['apps/enclave/src', 'apps/enclave/package.json', 'packages/protocol/src', 'packages/protocol/package.json']) {
    await cp(join(repository, path), join(copy, path), { recursive: true })
  }
  const idNow = async (): Promise<string> => (await registerDevelopmentImage(openImageStore(join(copy, 'images')), copy)).id
  const before = await idNow()
  await writeFile(join(copy, 'README.md'), 'not in the image')
  t.equal(await idNow(), before)
  await writeFile(join(copy, 'apps/enclave/src/added.ts'), 'export {}\n')
  t.not(await idNow(), before)
})
