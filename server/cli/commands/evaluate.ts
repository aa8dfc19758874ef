import { resolveData } from '../../datafiles/named.ts';
import { backendOption, backendParam } from '../backend-option.ts';
import { command } from '../command.ts';
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
    backend: { ...backendOption, doc: `${backendOption.doc} Default: that of the recipe.` },
  },
  async run({ positionals: [given], options: { data, backend }, io }) {
    const run = findRun(given!, { trained: true });
    const files = await resolveData(data, { folder: process.cwd(), role: 'validation' });
    const result = await work('evaluate', { run, data: files, ...backendParam(backend) });
    io.value(result);
    const rows = [['loss', result.loss], ...Object.entries(result.metrics)] as [string, number][];
    for (const line of table(
      rows.map(([name, value]) => [name, value.toPrecision(6)]),
      [1],
    ))
      io.say(line);
    return 0;
  },
});
