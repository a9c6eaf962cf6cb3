import { test } from 'tap'

import { measuredPcr0In } from '../../src/policy/measured-pcr0.ts'

const [a, b] = ['a'.repeat(96), 'b'.repeat(96)]

test('PCR0 is found in everything that tells measurements', t => {
  const texts = [
    [`{"Measurements":{"HashAlgorithm":"Sha384 { ... }","PCR0":"${a}","PCR1":"x"}}`, [a]],
    [`{"EifVersion":4,"Measurements":{"PCR0":"${a.toUpperCase()}"},"IsSigned":false}`, [a]],
    [`{"image":"signer:1","eifPath":"/data/eif/x.eif","measurements":{"PCR0":"${b}"}}`, [b]],
    [`{"state":"ready","enclaves":[{"measurements":{"PCR0":"${a}"}},{"measurements":{"PCR0":"${b}"}}],"image":{"measurements":{"PCR0":"${b}"}}}`, [a, b]],
  ] as const
  for (const [text, found] of texts) t.same(measuredPcr0In(text), found, text.slice(0, 30))
  t.end()
})

test('another text has none', t => {
  for (const text of ['', 'PCR0', '[]', '{}', '{"Measurements":{"PCR0":"abc"}}', '{"enclaves":[]}', '{"enclaves":[{"measurements":null}]}']) {
    t.equal(measuredPcr0In(text), undefined, text)
  }
  t.end()
})
