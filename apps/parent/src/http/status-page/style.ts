import { createHash } from 'node:crypto'

/** The style of the page. States have a word as well as a colour. */
export const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --good: #1a7f37; --bad: #cf222e; --busy: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --busy: #d29922; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2, h3 { font-size: 1rem; margin: 0 0 .5rem; } h3 { margin-top: 1.5rem; }
header { display: flex; justify-content: space-between; align-items: baseline; flex-wrap: wrap; gap: .5rem; }
section { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; overflow-x: auto; padding: 1rem; }
.figures { display: flex; flex-wrap: wrap; gap: 2rem; align-items: end; }
.figures b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .2rem 1rem; margin: 0; } dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
time { white-space: nowrap; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem .3rem 0; text-align: left; vertical-align: top; }
td[data-column="reason"] { overflow-wrap: anywhere; }
th { font-weight: 500; opacity: .7; }
.state { border-radius: 1rem; border: 1px solid currentColor; font-weight: 600; padding: 0 .6rem; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .busy { color: var(--busy); }
svg { display: block; width: 100%; height: 4rem; margin-top: .5rem; } polyline { fill: none; stroke: currentColor; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
polyline.bad { stroke-dasharray: 4 2; }
.legend span::before { border-top: 2px solid currentColor; content: ""; display: inline-block; margin-right: .4em; vertical-align: middle; width: 1.2em; }
.legend .dashed::before { border-top-style: dashed; } .legend span { margin-right: 1em; }
footer { opacity: .7; font-size: .85rem; }
@media (max-width: 48rem) {
  body { margin: 1rem auto; } .figures { gap: 1rem 2rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  thead { display: none; } table, tbody, tr, td { display: block; } tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  td { border: 0; display: grid; grid-template-columns: 4.2rem 1fr; justify-items: start; overflow-wrap: anywhere; padding: 0; } td::before { content: attr(data-column); opacity: .7; } td:empty { display: none; }
}
`

/**
 * What the page may load: nothing but the style that stands in it. No script at all, so there is none to inject; it is brought up to date
 * by its refresh header.
 */
export const contentSecurityPolicy = [
  'default-src \'none\'',
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'base-uri \'none\'',
  'form-action \'none\'',
  'frame-ancestors \'none\'',
].join('; ')
