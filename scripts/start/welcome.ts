import { join, relative } from 'node:path'

import type { ParentAddress } from './ask.ts'

/** What is told of a service that is ready; `demoKey` says whether the reader can sign without being a caller. */
export function welcome ({ url, certFile }: ParentAddress, { dataDir, demoKey }: { dataDir: string, demoKey: boolean }): string {
  const path = (name: string): string => relative('.', join(dataDir, name)) || '.'
  const curl = certFile === undefined ? 'curl -s' : `curl -s --cacert ${relative('.', certFile)}`
  const credentials = demoKey ? '' : ' -H "authorization: Bearer $TOKEN"'
  return `
enclave-signer is ready on ${url}

  HTTP API   ${url}/docs
  status     ${url}/enclave
  log        ${path('parent.log')}
  KMS        set -a; . ${path('simulator.env')}; set +a; aws kms describe-key --key-id $KMS_KEY_ARN

${demoKey ? 'Sign with the key "demo":' : 'Sign as one of the callers in CALLERS_FILE, with a key that he may use:'}

  ${curl} ${url}/sign${credentials} -H 'content-type: application/json' -d '{"keyId":"demo","message":"aGVsbG8="}'

Ctrl-C stops everything.
`
}
