import { bytes, count } from '../../base/units.ts';
import type { Estimate } from '../../budget/types.ts';
import { command } from '../command.ts';
import { type Io, table } from '../output.ts';
import { demandRecipe } from '../recipe.ts';

export const estimate = command({
  name: 'estimate',
  summary: 'What a recipe costs: parameters, memory, adapter size.',
  positionals: ['RECIPE'],
  options: {},
  async run({ positionals: [given], io }) {
    const { analysis } = await demandRecipe(given!, io);
    const found = analysis.estimate!; // a recipe without errors has a model
    const { low, expected, high } = found.memory;
    io.value({ ...found, memory: { low, expected, high } });
    show(found, io);
    return 0;
  },
});

function show(e: Estimate, io: Io): void {
  const entries = e.adapters.map(({ name, method, trainable, modules }) => [
    name,
    method,
    `${count(modules.length)} modules`,
    count(trainable),
  ]);
  for (const line of table([['adapter', 'method', 'targets', 'trainable'], ...entries], [2, 3])) io.say(line);
  io.say('');
  const { low, expected, high } = e.memory;
  const facts = [
    ['trainable parameters', `${count(e.trainableParameters)} of ${count(e.allParameters)}`],
    ['percent', `${e.percent.toPrecision(4)}%`],
    ['adapter parameters', `${count(e.adapterParameters)} (heads not counted)`],
    ['model parameters', count(e.totalParameters)],
    ['memory', `${bytes(expected)} (between ${bytes(low)} and ${bytes(high)})`],
    ['adapter size', bytes(e.adapterBytes)],
    ...(e.sharedBytes > 0 ? [['shared factors', bytes(e.sharedBytes)]] : []),
  ];
  for (const line of table(facts)) io.say(line);
}
