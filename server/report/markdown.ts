/** A report as Markdown: text and tables in one file, without pictures. Pure. */
import { metricName } from './figures.ts';
import type { Report, Table } from './model.ts';

export function reportMarkdown(report: Report): string {
  const { title, made, subject, metric, configurations, runs, recipes, machines, warnings } = report;
  const parts = [
    `# ${plain(title)}`,
    subject.map(([label, text]) => `- **${plain(label)}**: ${plain(text)}`).join('\n'),
    '## Configurations',
    `Mean ± sample standard deviation over seeds. Bold: the best. ◆: no other configuration has a better ${plain(metricName(metric))} with as few trainable parameters.`,
    table(configurations),
    '## Runs',
    table(runs),
    ...(recipes.length > 0 ? ['## Recipes', ...recipes.map(recipeOf)] : []),
    ...(machines.rows.length > 0 ? ['## Backends and versions', table(machines)] : []),
    ...(warnings.length > 0 ? ['## Warnings', warnings.map((text) => `- ${plain(text)}`).join('\n')] : []),
    `Made by Rankwise, ${made.slice(0, 16).replace('T', ' ')} UTC.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function table({ head, rows, right }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head.map(plain)),
    line(head.map((_, i) => (right.includes(i) ? '---:' : '---'))),
    ...rows.map(({ cells, strong }) =>
      line(cells.map((cell, i) => (strong.includes(i) ? `**${plain(cell)}**` : plain(cell)))),
    ),
  ].join('\n');
}

/** In a fence that the text does not close. */
function recipeOf({ label, text }: { label: string; text: string }): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `<details><summary>${entities(label)}</summary>\n\n${fence}yaml\n${text.trimEnd()}\n${fence}\n\n</details>`;
}

/** Text that Markdown takes for nothing else. */
const plain = (text: string): string =>
  entities(text.replaceAll(/[\p{Cc}\s]+/gu, ' ')).replaceAll(/[\\`*_[\]|~#]/g, '\\$&');

const entities = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\r\n]+/g, ' ');
