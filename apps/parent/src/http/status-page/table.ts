import { html } from './html.ts'
import type { Html, HtmlValue } from './html.ts'

/** A table. Cells carry the names of their columns: on a narrow screen each row is a list of its own, without what is empty (style.ts). */
export function table (columns: readonly string[], rows: readonly (readonly HtmlValue[])[]): Html {
  const cell = (value: HtmlValue, index: number): Html => html`<td data-column="${columns[index]}">${value}</td>`
  return html`<table>
<thead><tr>${columns.map(column => html`<th>${column}</th>`)}</tr></thead>
<tbody>
${rows.map(row => html`<tr>${row.map(cell)}</tr>\n`)}</tbody>
</table>`
}
