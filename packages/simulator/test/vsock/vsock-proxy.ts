import type { ChildProcessWithoutNullStreams as ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import type { Test } from 'tap'

import { parseAllowlist } from '../../src/vsock/vsock-proxy/allowlist.ts'
import { vsockDirectory, vsockPath } from '../../src/vsock/vsock-path.ts'
import { environmentOf, run, start } from '../fixtures/run.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

const kms = 'kms.us-east-1.amazonaws.com'

/** A host's directory on which KMS's name leads to a server that greets and gives everything back. */
async function startWorld (t: Test): Promise<{ directory: string, environment: Record<string, string> }> {
  const directory = mkdtempSync(join(tmpdir(), 'sim-'))
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('hello ')
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  writeFileSync(join(directory, 'host.json'), JSON.stringify({ hosts: { [`${kms}:443`]: `127.0.0.1:${port}` } }))
  const sockets = vsockDirectory(directory)
  mkdirSync(sockets, { recursive: true })
  t.teardown(() => {
    server.close()
    rmSync(directory, { recursive: true })
    rmSync(sockets, { recursive: true, force: true })
  })
  return { directory, environment: environmentOf(directory, { RUST_LOG: 'info' }) }
}

/** Starts a proxy and waits until it says that it listens. */
async function startProxy (t: Test, args: readonly string[], environment: Record<string, string>): Promise<ChildProcess> {
  const proxy = start('vsock-proxy', args, environment)
  t.teardown(() => proxy.kill('SIGKILL'))
  let said = ''
  while (!said.includes('Proxy is now in listening state')) said += String((await once(proxy.stderr, 'data') as [Buffer])[0])
  proxy.stderr.resume()
  return proxy
}

async function connect (path: string): Promise<Socket> {
  const socket = createConnection(path)
  await once(socket, 'connect')
  return socket
}

test('a vsock connection reaches the host that its name stands for', async (t) => {
  const { directory, environment } = await startWorld(t)
  const proxy = await startProxy(t, ['8000', kms, '443'], environment)
  const socket = await connect(vsockPath(directory, 3, 8000))
  t.equal(String((await once(socket, 'data') as [Buffer])[0]), 'hello ')
  socket.write('world')
  t.equal(String((await once(socket, 'data') as [Buffer])[0]), 'world')
  socket.end()
  await once(socket, 'close')
  const ended = once(proxy, 'exit')
  proxy.kill('SIGTERM')
  t.same(await ended, [null, 'SIGTERM'])
})

test('with all workers busy a connection waits for its turn', async (t) => {
  const { directory, environment } = await startWorld(t)
  await startProxy(t, ['-w', '1', '8000', kms, '443'], environment)
  const [first, second] = [await connect(vsockPath(directory, 3, 8000)), await connect(vsockPath(directory, 3, 8000))]
  t.equal(String((await once(first, 'data') as [Buffer])[0]), 'hello ')
  let answered = false
  second.on('data', () => { answered = true })
  first.write('more')
  t.equal(String((await once(first, 'data') as [Buffer])[0]), 'more')
  t.equal(answered, false)
  first.destroy()
  await once(second, 'data')
  second.destroy()
  t.pass('answered when the first was gone')
})

for (const [args, workers] of [[[], 4], [['-w', '2'], 2], [['-w6'], 6], [['--num_workers', '5'], 5]] as const) {
  test(`${workers} connections are served at once ${args.length > 0 ? `with ${args.join(' ')}` : 'unless told otherwise'}, and one more waits`, async (t) => {
    const { directory, environment } = await startWorld(t)
    await startProxy(t, [...args, '8000', kms, '443'], environment)
    const path = vsockPath(directory, 3, 8000)
    const served = await Promise.all(Array.from({ length: workers }, async () => await connect(path)))
    await Promise.all(served.map(async (socket) => { await once(socket, 'data') }))
    const waiting = await connect(path)
    waiting.once('data', () => { t.equal(served.filter(({ destroyed }) => destroyed).length, 1, 'served when one of them was gone') })
    served[0]?.write('more')
    await once(served[0] ?? waiting, 'data')
    served[0]?.destroy()
    await once(waiting, 'data')
    for (const socket of [waiting, ...served]) socket.destroy()
  })
}

test('a second proxy on the port is refused, one after a killed proxy is not', async (t) => {
  const { environment } = await startWorld(t)
  const first = await startProxy(t, ['8000', kms, '443'], environment)
  t.match(await run('vsock-proxy', ['8000', kms, '443'], environment), { stderr: /Error: "Could not listen for connections: Could not bind to VsockAddr/, exitCode: 1 })
  first.kill('SIGKILL')
  await once(first, 'exit')
  await startProxy(t, ['8000', kms, '443'], environment)
})

test('a name that does not resolve ends the proxy at the first connection', async (t) => {
  const { directory, environment } = await startWorld(t)
  const proxy = await startProxy(t, ['8000', 'kms.eu-west-1.amazonaws.com', '443'], environment)
  const ended = once(proxy, 'exit')
  const socket = await connect(vsockPath(directory, 3, 8000))
  socket.on('error', () => undefined)
  t.same(await ended, [1, null])
})

test('targets are allowed by the list and by nothing else', async (t) => {
  const { directory, environment } = await startWorld(t)
  const refused = { stdout: '', stderr: /Error: "Error at checking the allowlist: The given address and port are not allowed"\n$/, exitCode: 1 }
  t.match(await run('vsock-proxy', ['8000', 'example.com', '443'], environment), refused)
  t.match(await run('vsock-proxy', ['8000', kms, '80'], environment), refused)
  const list = join(directory, 'list.yaml')
  writeFileSync(list, 'allowlist:\n- {address: other.example, port: 443}\n')
  t.match(await run('vsock-proxy', ['--config', list, '8000', kms, '443'], environment), refused)
  t.match(await run('vsock-proxy', ['--config', '/nowhere', '8000', kms, '443'], environment), { stderr: /Could not open the file/, exitCode: 1 })
})

test('wrong command lines are refused', async (t) => {
  const { environment } = await startWorld(t)
  t.match(await run('vsock-proxy', ['8000', kms], environment), { stderr: /required arguments were not provided:\n {2}<remote_port>/, exitCode: 2 })
  t.match(await run('vsock-proxy', ['x', kms, '443'], environment), { stderr: 'Error: "Local port is not valid"\n', exitCode: 1 })
  t.match(await run('vsock-proxy', ['8000', kms, '65536'], environment), { stderr: 'Error: "Remote port is not valid"\n', exitCode: 1 })
  t.match(await run('vsock-proxy', ['-w', '0', '8000', kms, '443'], environment), { stderr: 'Error: "Number of workers must not be 0"\n', exitCode: 1 })
  t.match(await run('vsock-proxy', ['-4', '-6', '8000', kms, '443'], environment), { stderr: /'--ipv6' cannot be used with '--ipv4'/, exitCode: 2 })
  t.match(await run('vsock-proxy', ['--version'], environment), { stdout: /^Vsock-TCP proxy \d/, exitCode: 0 })
})

test('the default file of the real proxy is read', withVectors, async (t) => {
  const services = parseAllowlist(vector('nitro-cli/vsock-proxy.yaml').toString())
  t.ok(services.length > 50)
  t.ok(services.every(({ address, port }) => address.endsWith('.amazonaws.com') && port === 443))
})
