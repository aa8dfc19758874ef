/** What the methods between W's singular directions say they learned. */
import { expect, test } from 'vitest';
import { tensorHalves } from '../../../server/adapters/registry.ts';
import type { SiteState } from '../../../server/adapters/types.ts';
import type { HostTensor } from '../../../server/base/tensor.ts';

const vector = (...values: number[]): HostTensor => ({ shape: [values.length], data: Float32Array.from(values) });
const none: HostTensor = { shape: [0, 0], data: new Float32Array() };
const factors = (...values: number[]) => ({ S: vector(...values), U: none, Vt: none });

function itemsOf(method: 'svf' | 'svft' | 'lora-xs', state: SiteState, options = {}, rank = 0) {
  const site = { name: 'q', m: 4, n: 4, settings: { rank, alpha: 1, options } };
  return tensorHalves[method].learned!(state, site, none).items;
}

test('svf: z over the singular index, with S and what it became', () => {
  const state = { trainable: { z: vector(2, 1, 0.5, 1) }, frozen: factors(4, 3, 2, 1) };
  const [z] = itemsOf('svf', state, { form: 'plain' });
  expect(z).toMatchObject({ kind: 'vector', title: 'z', neutral: 1, values: state.trainable.z.data });
  const curves = (form: string) => {
    const [item] = itemsOf('svf', state, { form });
    return item?.kind === 'vector' ? item.beside!.map(({ title, values }) => [title, ...Array.from(values)]) : [];
  };
  expect(curves('plain')).toEqual([
    ['S', 4, 3, 2, 1],
    ['S ⊙ z', 8, 3, 1, 1],
  ]);
  // The sum stays: 10 instead of 13.
  const shrunk = [8, 3, 1, 1].map((value) => (10 / 13) * value);
  expect(curves('renormalised')[1]).toEqual([
    'S ⊙ z, renormalised',
    ...shrunk.map((value) => expect.closeTo(value, 12)),
  ]);
});

test('svft: M at its places, the gate in it', () => {
  const state = { trainable: { M: vector(1, 2, 3, 4, 5, 6, 7), gate: vector(0) }, frozen: factors(3, 2, 1) };
  const [M] = itemsOf('svft', state, { pattern: 'banded', off_diagonals: 1, gate: true });
  if (M?.kind !== 'sparse') throw new Error('M is no sparse table');
  expect(M.shape).toEqual([3, 3]);
  const places = Array.from(M.places.rows, (row, i) => `${row},${M.places.columns[i]}`);
  expect(places.sort()).toEqual(['0,0', '0,1', '1,0', '1,1', '1,2', '2,1', '2,2']);
  expect(Array.from(M.values)).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
  const scattered = { ...factors(3, 2, 1), rows: vector(2, 0), columns: vector(0, 1) };
  const [random] = itemsOf('svft', { trainable: { M: vector(8, 9) }, frozen: scattered }, { pattern: 'random' });
  expect(random).toMatchObject({ places: { rows: scattered.rows.data, columns: scattered.columns.data } });
  expect(Array.from(random!.values)).toEqual([8, 9]);
});

test('lora-xs: R', () => {
  const R = { shape: [2, 2], data: Float32Array.of(1, -2, 3, 4) };
  const [item] = itemsOf('lora-xs', { trainable: { R }, frozen: { A: none, B: none } }, {}, 2);
  expect(item).toMatchObject({ kind: 'matrix', title: 'R', neutral: 0, shape: [2, 2], values: R.data });
});
