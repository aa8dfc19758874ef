import { expect, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import { estimate } from '../../../server/budget/estimate.ts';
import { bytesOf } from '../../../server/budget/held.ts';
import { heldBytes, holdWeight } from '../../../server/engine/weights/formats.ts';
import type { Dtype } from '../../../server/recipe/types.ts';
import { recipe, table } from './harness.ts';

const bench = moduleTable(
  {
    model_type: 'llama',
    vocab_size: 4096,
    hidden_size: 512,
    intermediate_size: 1408,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    max_position_embeddings: 256,
    tie_word_embeddings: true,
  },
  'causal-lm',
);

/** Peak of the resident set in MiB, as bench/step.ts printed it. */
test.each([
  [1, 16, 189],
  [2, 128, 255],
  [8, 128, 470],
  [16, 128, 744],
  [4, 256, 510],
  [8, 256, 773],
])('batch %i of %i tokens: %i MiB were measured', (batch, length, measured) => {
  const text = `training: {batch_size: ${batch}}\n`;
  const given = recipe('llama', '{method: lora}', text);
  given.data!.max_length = length;
  const { expected, low, high } = estimate(given, bench).memory;
  expect(Math.abs(expected / 2 ** 20 / measured - 1)).toBeLessThan(0.06);
  expect(low).toBeLessThan(expected);
  expect(high).toBeGreaterThan(expected);
});

test('the parts add up, and follow the trained parameters', () => {
  const lora = estimate(recipe('llama', '{method: lora}'), table('llama-3-8b')).memory;
  expect(Object.values(lora.parts).reduce((a, b) => a + b)).toBe(lora.expected);
  expect(lora.parts.optimizer).toBe(8 * 3_407_872);
  const full = estimate(recipe('llama', '{method: full}'), table('llama-3-8b')).memory;
  expect(full.parts).toMatchObject({
    weights: 4 * 8_030_261_248,
    gradients: 4 * 8_030_261_248,
    optimizer: 8 * 8_030_261_248,
  });
});

const weightsOf = (dtype: Dtype, entries = '{method: lora}') => {
  const given = recipe('llama', entries);
  given.model.dtype = dtype;
  return estimate(given, table('llama-3-8b')).memory.parts;
};

test('frozen weights: vectors are float32, embeddings and heads 16 bits at least', () => {
  const vectors = 65 * 4096;
  const ends = 2 * 128_256 * 4096;
  const inside = 8_030_261_248 - vectors - ends;
  const lora = 4 * 3_407_872;
  expect(weightsOf('float32').weights).toBe(4 * 8_030_261_248 + lora);
  expect(weightsOf('bfloat16').weights).toBe(2 * (inside + ends) + 4 * vectors + lora);
  expect(weightsOf('int8').weights).toBe(inside + 2 * ends + 4 * vectors + lora);
  expect(weightsOf('nf4').weights).toBe(inside * (0.5 + 1 / 64 + 1 / 4096) + 2 * ends + 4 * vectors + lora);
});

test('what is trained in place is not held frozen as well', () => {
  expect(weightsOf('nf4', '{method: full}').weights).toBe(4 * 8_030_261_248);
  expect(weightsOf('nf4', '{method: full}').decoded).toBe(0);
});

test('one matrix is decoded at a time', () => {
  expect(weightsOf('float32').decoded).toBe(0);
  expect(weightsOf('bfloat16').decoded).toBe(4 * 128_256 * 4096);
});

test.each(['float32', 'bfloat16', 'float16', 'int8', 'nf4'] as const)(
  '%s takes the bytes that the engine takes',
  (dtype) => {
    const shape = [1024, 1024];
    const weight = holdWeight(dtype, { shape, read: (_start, into) => into.fill(1) });
    expect(heldBytes(weight) / 2 ** 20 / bytesOf[dtype]).toBeCloseTo(1, 2);
  },
);
