/** A piece of HTML that is safe to put into a page as it is. */
export class Html {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

/** What may stand between the pieces of {@link html}. */
export type HtmlValue = Html | string | number | null | undefined | readonly HtmlValue[]

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' }

/** A template of HTML: every value is escaped unless it is {@link Html} itself; lists are joined, null and undefined are nothing. */
export function html (pieces: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: pieces }, ...values.map(textOf)))
}

function textOf (value: HtmlValue): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string') return value.replace(/[&<>"']/g, character => entities[character] ?? '')
  if (typeof value === 'number') return String(value)
  return value.map(textOf).join('')
}
