import { test } from 'tap'
import { kmsBridgeArguments, parentBridgeArguments } from '../../src/boot/bridge-arguments.ts'
import { configFromEnvironment } from '../../src/config/environment.ts'
import { keyArn } from '../fixtures/kms-server.ts'

const env = { AWS_REGION: 'us-east-1', KMS_KEY_ARN: keyArn }

test('the parent is bridged to the program\'s socket, over some more processes than the program takes connections', async t => {
  t.same(parentBridgeArguments(configFromEnvironment(env)), [
    'VSOCK-LISTEN:8888,fork,reuseaddr,max-children=80', 'UNIX-CONNECT:/run/enclave-signer/enclave.sock',
  ])
  t.match(parentBridgeArguments(configFromEnvironment({ ...env, LIMIT_CONNECTIONS: '4' })), [/max-children=20$/])
})

test('the program\'s KMS socket is bridged to the parent\'s vsock-proxy, for the program alone, and silence ends it', async t => {
  t.same(kmsBridgeArguments(configFromEnvironment(env)), [
    '-T60', 'UNIX-LISTEN:/run/enclave-signer/kms.sock,fork,unlink-early,mode=0600,max-children=16', 'VSOCK-CONNECT:3:8000',
  ])
  t.equal(kmsBridgeArguments(configFromEnvironment({ ...env, KMS_PROXY_PORT: '8443' }))[2], 'VSOCK-CONNECT:3:8443')
})
