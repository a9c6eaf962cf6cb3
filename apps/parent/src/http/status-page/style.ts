import { createHash } from 'node:crypto'

/** The style of the page. States have a word as well as a colour. */
export const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --good: #1a7f37; --bad: #cf222e; --busy: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --busy: #d29922; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 0 0 .5rem; }
header { display: flex; justify-content: space-between; align-items: baseline; flex-wrap: wrap; gap: .5rem; }
section { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: 1rem; }
.figures { display: flex; flex-wrap: wrap; gap: 2rem; align-items: end; }
.figures b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .2rem 1rem; margin: 0; } dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem .3rem 0; text-align: left; vertical-align: top; }
th { font-weight: 500; opacity: .7; }
.state { border-radius: 1rem; border: 1px solid currentColor; font-weight: 600; padding: 0 .6rem; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .busy { color: var(--busy); }
svg { display: block; width: 100%; height: 4rem; } polyline { fill: none; stroke: currentColor; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
footer { opacity: .7; font-size: .85rem; }
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
