import { bytes, count } from '../../base/units.ts';
import type { Estimate } from '../../budget/types.ts';
import { command } from '../command.ts';
import { type Io, table } from '../output.ts';
import { demandRecipe, type LaunchPoint } from '../recipe.ts';

export const estimate = command({
  name: 'estimate',
  summary: 'What a recipe costs: parameters, memory, adapter size.',
  positionals: ['RECIPE'],
  options: {},
  async run({ positionals: [given], io }) {
    const { analysis, points } = await demandRecipe(given!, io, { points: true });
    const found = analysis.estimate!; // a recipe without errors has a model
    const { low, expected, high } = found.memory;
    io.value({
      ...found,
      memory: { low, expected, high },
      ...(points && {
        points: points.map(({ values, analysis }) => ({
          values,
          trainableParameters: analysis.estimate?.trainableParameters,
          memoryBytes: analysis.estimate?.memory.expected,
          adapterBytes: analysis.estimate?.adapterBytes,
        })),
      }),
    });
    show(found, io);
    if (points) showPoints(points, io);
    return 0;
  },
});

/** What the points of a sweep come to; the numbers above are the recipe's own. */
function showPoints(points: readonly LaunchPoint[], io: Io): void {
  const estimates = points.flatMap(({ analysis }) => analysis.estimate ?? []);
  const range = (of: (e: Estimate) => number, text: (value: number) => string): string => {
    const values = estimates.map(of);
    const [low, high] = [text(Math.min(...values)), text(Math.max(...values))];
    return low === high ? low : `${low} to ${high}`;
  };
  io.say('');
  io.say(`These are the numbers without \`sweep\`. Those of its ${count(points.length)} points:`);
  for (const line of table([
    ['trainable parameters', range((e) => e.trainableParameters, count)],
    ['memory', range((e) => e.memory.expected, bytes)],
    [
      'adapter size',
      `${range((e) => e.adapterBytes, bytes)}, ${bytes(estimates.reduce((sum, e) => sum + e.adapterBytes, 0))} in all`,
    ],
  ]))
    io.say(line);
}

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
