import { expect, it } from 'vitest';
import { tensorHalf } from '../../../server/adapters/registry.ts';
import { methodOf } from '../../../server/methods/registry.ts';
import type { MatrixSettings } from '../../../server/methods/types.ts';

const matrix = { name: 'layers.0.fc2', m: 48, n: 96, bias: true, parameters: { weight: [48, 96], bias: [48] } };

/** Settings that tell the sides and the sizes apart. */
const rows: [method: string, settings: Partial<MatrixSettings>][] = [
  ['lora', { rank: 3, alpha: 6 }],
  ['dora', { rank: 5, alpha: 6 }],
  ['vera', { rank: 7 }],
  ['ia3', {}],
  ['ia3', { options: { feedforward_modules: ['fc2'] } }],
  ['oft', { options: { block_size: 8 } }],
  ['oft', { rank: 4, options: { block_share: true } }],
  ['boft', { options: { block_size: 4, butterfly_factors: 2 } }],
];

it.each(rows)('what the pure half of %s expects of a file (%o) is what the tensor half writes', (id, given) => {
  const settings: MatrixSettings = { rank: 0, alpha: 0, options: {}, ...given };
  const half = tensorHalf(id);
  if (half.kind !== 'matrices') throw new Error(`${id} has no matrices`);
  const shapes = half.shapes({ ...matrix, settings });
  const written = Object.entries(half.peftKeys).map(([key, name]) => [key, shapes[name]]);
  expect(methodOf(id)!.fileShapes!(matrix, settings)).toEqual(Object.fromEntries(written));
});
