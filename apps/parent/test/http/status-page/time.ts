import { test } from 'tap'

import { durationOf, timeFrom, timeOf } from '../../../src/http/status-page/time.ts'

const now = '2026-01-15T10:20:30.000Z'

test('a time is a date and a time of day, with the exact one for programs', t => {
  t.equal(timeOf('2026-01-15T10:20:30.123Z').text, '<time datetime="2026-01-15T10:20:30.123Z">2026-01-15 10:20:30 UTC</time>')
  t.equal(timeOf('<b>').text.includes('<b>'), false)
  t.end()
})

test('how far a time is away is said with it, in the future and in the past', t => {
  t.match(timeFrom('2026-01-15T10:48:55.000Z', now).text, '10:48:55 UTC</time>, in 28 min')
  t.match(timeFrom('2026-01-15T10:20:28.400Z', now).text, '10:20:28 UTC</time>, 2 s ago')
  t.match(timeFrom(now, now).text, '10:20:30 UTC</time>, in 0 s')
  t.end()
})

test('a duration is said in the largest unit of which there are two', t => {
  const said = [0, 1, 119, 120, 300, 7199, 7200, 86_400, 172_799, 172_800, 8_640_000].map(durationOf)
  t.same(said, ['0 s', '1 s', '119 s', '2 min', '5 min', '119 min', '2 h', '24 h', '47 h', '2 d', '100 d'])
  t.end()
})
