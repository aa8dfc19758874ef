import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { nearest } from '../../base/suggest.ts';
import { groupRuns, metricsIn } from '../../report/groups.ts';
import { reportHtml } from '../../report/html.ts';
import { reportMarkdown } from '../../report/markdown.ts';
import { type ReportRun, reportOf } from '../../report/model.ts';
import { paretoScene } from '../../report/pareto.ts';
import { svgFile } from '../../report/svg.ts';
import { command, usageError } from '../command.ts';
import { shortPath } from '../report.ts';
import { readRun, runsOf } from '../report-inputs.ts';
import { writeNew } from '../text-file.ts';

const writers = {
  '.html': reportHtml,
  '.md': reportMarkdown,
  '.svg': ({ groups, metric }) => svgFile(paretoScene(groups, metric, { width: 720, height: 460, legend: true })),
} satisfies Record<string, (report: ReturnType<typeof reportOf>) => string>;

export const report = command({
  name: 'report',
  summary: 'What runs came to, in one file to show: table, Pareto chart, loss curves, recipes.',
  positionals: ['RUN...'],
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      required: true,
      doc: 'The new file: .html, .md, or .svg for the chart alone. Must not exist.',
    },
    metric: {
      type: 'string',
      value: 'NAME',
      doc: "What the chart shows, such as accuracy or loss. Without: the recipes' metric.",
    },
    title: { type: 'string', value: 'TEXT', doc: 'Without: the names of what is compared.' },
  },
  details:
    'RUN is a run (its directory, id or name), a sweep (its id or name), or a folder of run directories.\nRuns that differ only in their seed are one configuration: mean ± standard deviation.',
  async run({ positionals: given, options: { output, metric, title }, io }) {
    const extension = path.extname(output).toLowerCase();
    const write = Object.hasOwn(writers, extension) ? writers[extension as keyof typeof writers] : undefined;
    if (!write)
      throw usageError(
        `A report is no ${extension || 'file without an ending'}.`,
        `End -o in ${Object.keys(writers).join(', ')}.`,
      );
    const runs: ReportRun[] = [];
    for (const run of runsOf(given)) runs.push(await readRun(run));
    const compared = runs.map((run) => run.compared);
    if (metric !== undefined) demandMetric(metric, metricsIn(compared));
    const made = reportOf(runs, { title: title ?? titleOf(given), metric, made: new Date().toISOString() });
    const file = writeNew(output, write(made));
    io.value({ path: file, runs: compared.length, configurations: groupRuns(compared).length, metric: made.metric });
    io.say(shortPath(file));
    return 0;
  },
});

const titleOf = (given: readonly string[]): string => {
  const names = given.map((each) => path.basename(path.resolve(each)));
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ');
};

function demandMetric(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearest(name, known);
  throw new RankwiseError('unknown-metric', `No run measured ${JSON.stringify(name)}.`, {
    field: '--metric',
    hint:
      known.length === 0
        ? 'The runs have no validation data: nothing was measured.'
        : near !== undefined
          ? `Did you mean ${near}?`
          : `They measured ${known.join(', ')}.`,
  });
}
