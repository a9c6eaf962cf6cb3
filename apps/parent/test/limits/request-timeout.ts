import { test } from 'tap'

import { parseRequestTimeout } from '../../src/limits/request-timeout.ts'

const taken: [header: string | undefined, ms: number | undefined][] = [
  [undefined, undefined], ['1', 1000], ['10', 10_000], ['0.25', 250], ['0.001', 1], ['2.5', 2500], ['11', 10_000], ['999999', 10_000], ['1000000', 10_000], ['007', 7000],
  ['9'.repeat(15_000), 10_000], ['9'.repeat(400) + '.001', 10_000], ['0'.repeat(400) + '7', 7000],
]

test('a Request-Timeout is seconds, cut to the most there is', async t => {
  for (const [header, ms] of taken) t.equal(parseRequestTimeout(header, 10_000), ms, `${header}`)
})

const refused: (string | string[])[] = ['', '0', '0.000', '-1', '+1', '1e3', '1.', '.5', '0.0001', '1s', ' 1', '1 ', '1,1', '0'.repeat(400), 'Infinity', 'NaN', '0x10', '١', ['1', '2']]

test('what is no time above 0 is refused, not taken for no header', async t => {
  for (const header of refused) {
    t.throws(() => parseRequestTimeout(header, 10_000), {
      name: 'RequestProblem',
      code: 'INVALID_REQUEST_FIELD',
      message: 'the header Request-Timeout is not valid: must be seconds above 0, with at most three decimals',
      errors: [{ field: 'request-timeout', message: 'must be seconds above 0, with at most three decimals' }],
    }, JSON.stringify(header))
  }
})
