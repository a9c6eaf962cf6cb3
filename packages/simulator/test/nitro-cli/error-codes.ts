import { test } from 'tap'

import { errorText, errorTexts, exitCodeOf } from '../../src/nitro-cli/error-codes.ts'
import type { NitroCliErrorCode } from '../../src/nitro-cli/error-codes.ts'
import { jsonVector, withVectors } from '../fixtures/vectors.ts'

interface Table { errors: { code: string, exit_code: number, message_templates: string[] }[] }

test("every text and exit status is the real tool's", withVectors, async (t) => {
  const real = new Map((jsonVector('nitro-cli/error-codes.json') as Table).errors.map((error) => [error.code, error]))
  for (const code of Object.keys(errorTexts) as NitroCliErrorCode[]) {
    t.equal(errorTexts[code], real.get(code)?.message_templates[0], code)
    t.equal(exitCodeOf(code), real.get(code)?.exit_code)
  }
  t.equal(errorText('E26', ['memory', '0']), `[ E26 ] ${real.get('E26')?.message_templates[1]?.replace('{}', 'memory').replace('{}', '0') ?? ''}`)
  const [first = '', second = ''] = real.get('E19')?.message_templates ?? []
  t.equal(errorText('E19', ['/x', 'Open']), `[ E19 ] ${first}${second.replace('{}', '/x').replace('{}', 'Open')}`)
})

test('facts stand in their places, and a missing one is said to be missing', async (t) => {
  t.match(errorText('E26', ['memory', '64', '128']), /^\[ E26 \] .*`memory` is 64 MB, .* should be 128 MB$/)
  t.match(errorText('E03', []), /The parameter `MISSING_INFO` is not a valid integer \(`MISSING_INFO`\)$/)
  t.match(errorText('E03', ['memory', '$&']), /\(`\$&`\)$/)
})
