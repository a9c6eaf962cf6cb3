import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { dockerSocketCheck } from '../../../src/doctor/checks/docker-socket.ts'
import { examineWith } from '../fixtures/examine.ts'

/** A host's root with a folder for the socket; its path is short, as a socket's must be. */
function shortRoot (t: Test): { root: string, socket: string } {
  const root = mkdtempSync(join(tmpdir(), 'doc-'))
  t.teardown(() => { rmSync(root, { recursive: true }) })
  mkdirSync(join(root, 'var/run'), { recursive: true })
  return { root, socket: join(root, 'var/run/docker.sock') }
}

test('a daemon that listens is found', async t => {
  const { root, socket } = shortRoot(t)
  const server = createServer(connection => { connection.destroy() }).listen(socket)
  await once(server, 'listening')
  t.teardown(() => server.close())
  t.match(await examineWith(dockerSocketCheck, { root }), { status: 'ok', summary: '/var/run/docker.sock takes connections' })
})

test('what is no socket, or nobody listens at, has failed', async t => {
  const { root, socket } = shortRoot(t)
  t.match(await examineWith(dockerSocketCheck, { root }), { status: 'failed', summary: /is not there$/, facts: { errorCode: 'ENOENT' } })
  writeFileSync(socket, '')
  t.match(await examineWith(dockerSocketCheck, { root }), { status: 'failed', summary: /is no socket$/ })
  rmSync(socket)
  mkdirSync(socket)
  t.match(await examineWith(dockerSocketCheck, { root }), { status: 'failed', summary: /is a folder: it was missing on the host/ })
})

test('it is not needed with a ready EIF or another daemon', async t => {
  t.match(await examineWith(dockerSocketCheck, { env: { ENCLAVE_EIF_PATH: '/a.eif' } }), { status: 'ok', summary: /^not needed/ })
  t.match(await examineWith(dockerSocketCheck, { env: { DOCKER_HOST: 'unix:///run/podman.sock' } }), { status: 'ok', summary: /^not needed: DOCKER_HOST/ })
})
