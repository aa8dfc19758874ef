import { expect, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import { estimate } from '../../../server/budget/estimate.ts';
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

test('the parts add up, and follow the trained parameters and the dtype', () => {
  const lora = estimate(recipe('llama', '{method: lora}'), table('llama-3-8b')).memory;
  expect(Object.values(lora.parts).reduce((a, b) => a + b)).toBe(lora.expected);
  expect(lora.parts.optimizer).toBe(8 * 3_407_872);
  const full = estimate(recipe('llama', '{method: full}'), table('llama-3-8b')).memory;
  expect(full.parts).toMatchObject({
    weights: 4 * 8_030_261_248,
    gradients: 4 * 8_030_261_248,
    optimizer: 8 * 8_030_261_248,
  });
  const half = recipe('llama', '{method: lora}');
  half.model.dtype = 'bfloat16';
  expect(estimate(half, table('llama-3-8b')).memory.parts.weights).toBe(2 * 8_030_261_248 + 4 * 3_407_872);
});
