/** A report as one HTML file: no script, nothing from elsewhere, light and dark, printable. Pure. */
import { curveScene, rangesOf } from './curves.ts';
import { metricName } from './figures.ts';
import { titleOf } from './look.ts';
import type { Report, Table } from './model.ts';
import { paretoScene } from './pareto.ts';
import type { Scene } from './scene.ts';
import { reportStyle } from './style.ts';
import { escaped, svgOf, svgText } from './svg.ts';

export function reportHtml(report: Report): string {
  const { title, made, subject, metric, groups, configurations, runs, recipes, machines, warnings } = report;
  const facts = subject.map(([label, text]) => `<dt>${escaped(label)}</dt><dd>${escaped(text)}</dd>`).join('\n');
  const pareto = paretoScene(groups, metric, { width: 1040, height: 520, legend: true });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<dl>${facts}</dl>
${section(`${metricName(metric)} against trainable parameters`, `${picture(pareto)}${caption(groups.some(({ runs: members }) => members.length > 1))}`)}
${section('Configurations', `${tableOf(configurations)}<p class="muted">Mean ± sample standard deviation over seeds. Bold: the best. ◆: on the Pareto front.</p>`)}
${curvesOf(report)}
${section('Runs', tableOf(runs))}
${recipes.length > 0 ? section('Recipes', recipes.map(({ label, text }) => details(label, `<pre>${escaped(text.trimEnd())}</pre>`)).join('\n')) : ''}
${machines.rows.length > 0 ? section('Backends and versions', tableOf(machines)) : ''}
${warnings.length > 0 ? section('Warnings', `<ul>${warnings.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul>`) : ''}
<footer>Made by Rankwise, ${escaped(made.slice(0, 16).replace('T', ' '))} UTC</footer>
</main>
</body>
</html>
`;
}

const section = (name: string, content: string): string =>
  `<section>\n<h2>${escaped(name)}</h2>\n${content}\n</section>`;
const details = (label: string, content: string): string =>
  `<details><summary>${escaped(label)}</summary>${content}</details>`;
const picture = (scene: Scene): string => `<figure>${svgText(svgOf(scene))}</figure>`;

const caption = (seeds: boolean): string =>
  `<p class="muted">A point is a configuration${seeds ? ', the mean of its seeds; bars are one sample standard deviation to either side' : ''}. The broad line is the Pareto front. Hollow points have not finished.</p>`;

function curvesOf({ curves }: Report): string {
  if (curves.length === 0) return '';
  const ranges = rangesOf(curves.flatMap((each) => each.curves));
  const size = { width: 540, height: 300 };
  const charts = curves.map(({ method, curves: own }) => {
    const title = titleOf(method);
    return `<div><h3>${escaped(title)}</h3>${picture(
      curveScene(
        own.map((curve) => ({ ...curve, label: withoutMethod(curve.label, title) })),
        ranges,
        { ...size, title: `Loss by step, ${title}` },
      ),
    )}</div>`;
  });
  const note =
    '<p class="muted">Training loss: a moving average over the values of each step. Circles: validation loss. All charts have the same axes.</p>';
  return section('Loss', `<div class="charts">${charts.join('\n')}</div>${note}`);
}

/** The heading says it. */
const withoutMethod = (label: string, method: string): string =>
  label.startsWith(`${method}, `) ? label.slice(method.length + 2) : label;

function tableOf({ head, right, rows }: Table): string {
  const side = (i: number) => (right.includes(i) ? ' class="number"' : '');
  const heads = head.map((text, i) => `<th scope="col"${side(i)}>${escaped(text)}</th>`).join('');
  const lines = rows.map(({ cells, strong }) => {
    const written = cells.map((text, i) => {
      const value = strong.includes(i) ? `<strong>${escaped(text)}</strong>` : escaped(text);
      return i === 0 ? `<th scope="row">${value}</th>` : `<td${side(i)}>${value}</td>`;
    });
    return `<tr>${written.join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>\n${lines.join('\n')}\n</tbody></table></div>`;
}
