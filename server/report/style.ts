/** How a report looks. */
import { chartRules, darkInks, fonts, inkRules, lightInks } from './svg.ts';

export const reportStyle = `
:root { color-scheme: light dark; --text: ${lightInks.text}; --muted: ${lightInks.muted}; --line: ${lightInks.grid}; --page: ${lightInks.background}; --tint: #f6f8fa }
${inkRules(':root', lightInks)}
@media screen and (prefers-color-scheme: dark) {
:root { --text: ${darkInks.text}; --muted: ${darkInks.muted}; --line: ${darkInks.grid}; --page: ${darkInks.background}; --tint: #151b23 }
${inkRules(':root', darkInks)}
}
${chartRules}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 ${fonts}; font-variant-numeric: tabular-nums }
main { max-width: 1240px; margin: 0 auto; padding: 32px 24px 48px }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 16px; overflow-wrap: anywhere }
h2 { font-size: 18px; margin: 36px 0 12px }
h2::first-letter { text-transform: uppercase }
h3 { font-size: 14px; margin: 0 0 4px }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 20px; margin: 0 }
dt, .muted, footer { color: var(--muted) }
dd { margin: 0; overflow-wrap: anywhere }
figure { margin: 0 }
svg { display: block; max-width: 100%; height: auto }
svg text { font-family: ${fonts} }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 20px 24px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 12.5px; min-width: 100% }
th, td { padding: 5px 8px; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap }
td:last-child { white-space: normal; min-width: 3em; overflow-wrap: anywhere }
thead th { color: var(--muted); font-weight: 600 }
tbody th { font-weight: 500 }
.number { text-align: right }
tbody tr:hover { background: var(--tint) }
details { border: 1px solid var(--line); border-radius: 6px; margin: 6px 0 }
summary { padding: 6px 12px; cursor: pointer }
pre { margin: 0; padding: 12px; overflow-x: auto; background: var(--tint); font-size: 12px; line-height: 1.45 }
footer { margin-top: 40px; font-size: 13px }
@media print {
main { max-width: none; padding: 0 }
body { font-size: 11px }
.scroll { overflow: visible }
.charts { grid-template-columns: 1fr 1fr }
table { font-size: 8px }
th, td { padding: 2px 4px; white-space: normal }
figure, tr, .charts > div { break-inside: avoid }
h2 { break-after: avoid }
pre { white-space: pre-wrap }
details::details-content { content-visibility: visible; height: auto }
}
`;
