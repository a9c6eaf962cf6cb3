import { execFileSync } from 'node:child_process'

import { test } from 'tap'

import { pcr3Of } from '../../src/policy/instance-role.ts'

test('PCR3 is the measurement that AWS\'s own line computes of a role', t => {
  const arn = 'arn:aws:iam::123456789012:role/Webserver'
  const line = '(head -c 48 /dev/zero; printf %s "$1") | sha384sum'
  t.equal(pcr3Of(arn), execFileSync('sh', ['-c', line, 'sh', arn], { encoding: 'utf8' }).split(' ')[0])
  t.end()
})
