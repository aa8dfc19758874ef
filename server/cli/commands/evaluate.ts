import { demandRun } from '../../base/run-folder.ts';
import { resolveData } from '../../datafiles/named.ts';
import { backendOption, backendParam } from '../backend-option.ts';
import { command, usageError, wholeNumber } from '../command.ts';
import { LiveLine } from '../live-line.ts';
import { table } from '../output.ts';
import { work } from '../processes.ts';
import { findRun } from '../run-names.ts';

export const evaluate = command({
  name: 'evaluate',
  summary: "Loss and metrics of a run's result on other data.",
  positionals: ['RUN'],
  options: {
    data: {
      type: 'string',
      value: 'DATA',
      required: true,
      doc: "Data with the recipe's columns: files, globs, a folder or a data set, as a recipe names validation data.",
    },
    columns: {
      type: 'string',
      value: 'ROLE=COLUMN,…',
      doc: "Where the data's columns have other names: in place of the recipe's data.columns.",
    },
    generate: {
      type: 'boolean',
      doc: 'Go on from the prompts, greedily, and compare with the completions, as texts and as numbers.',
    },
    'max-new-tokens': {
      type: 'string',
      short: 'n',
      value: 'N',
      doc: 'With --generate: tokens of an answer (default 256).',
    },
    backend: { ...backendOption, doc: `${backendOption.doc} Default: that of the recipe.` },
  },
  async run({ positionals: [given], options, io }) {
    const { data, backend, generate, 'max-new-tokens': most } = options;
    if (most !== undefined && !generate) throw usageError('--max-new-tokens goes with --generate.');
    const answering = generate && { generate: { maxNewTokens: wholeNumber('max-new-tokens', most, 256, 1) } };
    const named = options.columns === undefined ? {} : { columns: columnsOf(options.columns) };
    const run = findRun(given!, { trained: true });
    // Before the data is looked for: a wrong folder is the first thing to know.
    demandRun(run);
    const files = await resolveData(data, { folder: process.cwd(), role: 'validation' });
    const params = { run, data: files, ...named, ...answering, ...backendParam(backend) };
    const live = new LiveLine(io);
    const result = await work('evaluate', params, {
      onItem: ({ done, total }) => (done < total ? live.show(`${done}/${total} answers`) : live.clear()),
    });
    io.value(result);
    const rows: [string, number][] = Object.entries(result.metrics);
    if (result.loss !== undefined) rows.unshift(['loss', result.loss]);
    for (const line of table(
      rows.map(([name, value]) => [name, value.toPrecision(6)]),
      [1],
    ))
      io.say(line);
    return 0;
  },
});

/** "prompt=question,completion=answer". */
function columnsOf(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes('')))
    throw usageError(`--columns must be ROLE=COLUMN, several between commas, not ${JSON.stringify(text)}.`);
  return Object.fromEntries(pairs);
}
