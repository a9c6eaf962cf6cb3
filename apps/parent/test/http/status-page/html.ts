import { test } from 'tap'

import { html, Html } from '../../../src/http/status-page/html.ts'

test('what stands between the pieces is escaped', t => {
  t.equal(html`<b title="${'"\'&'}">${'<script>'}</b>`.text, '<b title="&quot;&#39;&amp;">&lt;script&gt;</b>')
  t.end()
})

test('HTML stays as it is, lists are joined, nothing is nothing', t => {
  t.equal(html`${html`<i>${1}</i>`}${['<', html`<u></u>`]}${null}${undefined}${new Html('<hr>')}`.text, '<i>1</i>&lt;<u></u><hr>')
  t.end()
})
