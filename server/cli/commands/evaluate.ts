import path from 'node:path';
import { command } from '../command.ts';
import { table } from '../output.ts';
import { work } from '../processes.ts';
import { findRun } from '../run-names.ts';

export const evaluate = command({
  name: 'evaluate',
  summary: "Loss and metrics of a run's result on other data.",
  positionals: ['RUN'],
  options: {
    data: { type: 'string', value: 'FILE', required: true, doc: "Data with the recipe's columns; globs allowed." },
  },
  async run({ positionals: [given], options: { data }, io }) {
    const result = await work('evaluate', { run: findRun(given!, { trained: true }), data: path.resolve(data) });
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
