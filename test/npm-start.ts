/** `npm start` with other settings than its own: the line that it prints signs with them too. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { test } from 'tap'

import { createAuthority } from '../apps/parent/test/fixtures/authority.ts'
import { makeToken } from './fixtures/secured-service.ts'
import { makeDataDir, startService } from './fixtures/service.ts'
import { findTool } from '../scripts/test/find-tool.ts'

const noCurl = findTool('curl') === undefined ? 'curl is not installed' : false
const hasIpv6 = Object.values(networkInterfaces()).flat().some(each => each?.address === '::1')

test('npm start speaks TLS to callers, and the line that it prints signs for one of them', { skip: noCurl }, async t => {
  const directory = makeDataDir()
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content)
    return join(directory, name)
  }
  const server = createAuthority('an authority').issue({ commonName: 'signer.internal', ips: ['127.0.0.1'], usage: 'server' })
  const { token, sha256 } = makeToken()
  await using service = await startService({
    env: {
      TLS_CERT_FILE: file('cert.pem', server.certificate),
      TLS_KEY_FILE: file('key.pem', server.key),
      CALLERS_FILE: file('callers.yaml', `
callers:
  - name: everything
    credentials: [{ tokenSha256: ${sha256} }]
    permissions: [{ actions: [sign, 'keys:create'], keys: ['*'] }]
`),
    },
  })
  const screen = service.screen()
  const [, url = ''] = /is ready on (https:\S+)/.exec(screen) ?? []
  t.match(url, /^https:\/\/127\.0\.0\.1:\d+$/, 'the address that is printed is one of TLS')
  t.notMatch(screen, 'could not be made', 'that the demo key is for callers to make is no fault')
  const line = curlLineOf(screen)
  const shell = async (command: string): Promise<Record<string, unknown>> => await answerOf(command, { TOKEN: token })
  t.match(await shell(line), { code: 'KEY_NOT_FOUND' }, 'the caller is known')
  const made = await shell(line.replace('/sign ', '/keys ').replace(/-d '.*'/, '-d \'{"keyId":"demo","keySpec":"ECC_SECG_P256K1"}\''))
  t.match(made, { keyId: 'demo' })
  t.match(await shell(line), { keyId: 'demo', signingAlgorithm: 'ECDSA_SHA_256', signature: String })
  t.equal(await service.stop(), 0)
})

test('npm start on the loopback address of IPv6', { skip: noCurl || (!hasIpv6 && 'this machine has no ::1') }, async t => {
  await using service = await startService({ env: { HOST: '::1' } })
  const screen = service.screen()
  t.match(screen, /is ready on http:\/\/\[::1\]:\d+$/m)
  t.match(await answerOf(curlLineOf(screen)), { keyId: 'demo', signature: String })
  t.equal(await service.stop(), 0)
})

function curlLineOf (screen: string): string {
  return /^ {2}curl .*$/m.exec(screen)?.[0] ?? ''
}

async function answerOf (command: string, env: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, ...env } })
  return JSON.parse(stdout) as Record<string, unknown>
}
