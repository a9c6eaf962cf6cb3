import { test } from 'tap'

import { matchesPattern } from '../../src/callers/key-pattern.ts'

const cases: [pattern: string, text: string, expected: boolean][] = [
  ['treasury', 'treasury', true],
  ['treasury', 'treasury-1', false],
  ['treasury', 'my-treasury', false],
  ['treasury', 'Treasury', false],
  ['treasury-*', 'treasury-1', true],
  ['treasury-*', 'treasury-', true],
  ['treasury-*', 'treasury', false],
  ['*-treasury', 'my-treasury', true],
  ['a*c*e', 'abcde', true],
  ['a*c*e', 'abcdef', false],
  ['a*bc', 'abbbc', true],
  ['a*bc', 'abcbd', false],
  ['*', '', true],
  ['*', 'anything.at-all_1', true],
  ['**', 'a', true],
  ['key-?', 'key-1', true],
  ['key-?', 'key-', false],
  ['key-?', 'key-12', false],
  ['*?', 'a', true],
  ['?*?', 'a', false],
  ['a.c', 'abc', false],
  ['a.c', 'a.c', true],
  ['', '', true],
  ['', 'a', false],
]

test('a pattern is about the whole key id', async t => {
  for (const [pattern, text, expected] of cases) t.equal(matchesPattern(pattern, text), expected, `${pattern} ${text}`)
})

test('a pattern means what the regular expression means in which * is .* and ? is .', async t => {
  const letters = ['a', 'b', '*', '?']
  const textOf = (seed: number, alphabet: readonly string[], length: number): string =>
    Array.from({ length }, (_, index) => alphabet[Math.floor(seed / alphabet.length ** index) % alphabet.length]).join('')
  let wrong = 0
  for (let pattern = 0; pattern < 4 ** 5; pattern++) {
    const written = textOf(pattern, letters, 5)
    const expression = new RegExp(`^${written.replaceAll('*', '.*').replaceAll('?', '.')}$`)
    for (let text = 0; text < 2 ** 6; text++) {
      const tried = textOf(text, ['a', 'b'], text % 7)
      if (matchesPattern(written, tried) !== expression.test(tried)) wrong++
    }
  }
  t.equal(wrong, 0)
})

test('a pattern of stars takes steps in the product of the lengths, not in a power of them', async t => {
  t.equal(matchesPattern('*a'.repeat(64) + 'b', 'a'.repeat(128)), false)
})
