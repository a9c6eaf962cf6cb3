import { existsSync } from 'node:fs'
import { test } from 'tap'

import { serveCharacterDevice } from '../../../src/nsm/cuse/character-device.ts'

test('a kernel without CUSE makes no device', { skip: existsSync('/dev/cuse') ? 'this kernel has CUSE' : false }, async (t) => {
  await t.rejects(serveCharacterDevice('nsm', async () => ({ result: 0 })), { code: 'ENOENT', path: '/dev/cuse' })
})
