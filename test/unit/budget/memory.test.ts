import { expect, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import { estimate } from '../../../server/budget/estimate.ts';
import { bytesOf } from '../../../server/budget/held.ts';
import { heldBytes, holdWeight } from '../../../server/engine/weights/formats.ts';
import type { Dtype } from '../../../server/recipe/types.ts';
import { recipe, table } from './harness.ts';

const bench = (layers: number) =>
  moduleTable(
    {
      model_type: 'llama',
      vocab_size: 4096,
      hidden_size: 512,
      intermediate_size: 1408,
      num_hidden_layers: layers,
      num_attention_heads: 8,
      max_position_embeddings: 2048,
      tie_word_embeddings: true,
    },
    'causal-lm',
  );

/** Peak of the resident set in MiB, as bench/engine.ts printed it for these sizes. */
test.each([
  ['lora', 4, 8, 128, false, 345],
  ['lora', 4, 8, 128, true, 284],
  ['lora', 8, 8, 128, false, 501],
  ['lora', 8, 8, 128, true, 356],
  ['lora', 4, 8, 512, false, 806],
  ['lora', 4, 8, 512, true, 593],
  ['lora', 4, 16, 256, false, 815],
  ['lora', 4, 1, 1024, false, 388],
  ['full', 4, 8, 128, false, 572],
  ['full', 8, 8, 128, false, 902],
  ['full', 4, 8, 512, false, 1179],
])('%s, %i layers, batch %i of %i tokens, checkpointing %s: %i MiB were measured', (...given) => {
  const [method, layers, batch, length, checkpointing, measured] = given;
  const text = `training: {batch_size: ${batch}, gradient_checkpointing: ${checkpointing}}\n`;
  const asked = recipe('llama', `{method: ${method}}`, text);
  asked.data!.max_length = length;
  const { expected, low, high } = estimate(asked, bench(layers)).memory;
  expect(Math.abs(expected / 2 ** 20 / measured - 1)).toBeLessThan(0.1);
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

test('an image has the positions of its patches, whatever max_length says', () => {
  const vit = (image_size: number) =>
    moduleTable(
      {
        model_type: 'vit',
        hidden_size: 768,
        intermediate_size: 3072,
        num_hidden_layers: 12,
        num_attention_heads: 12,
        image_size,
      },
      'image-classification',
      10,
    );
  const activations = (size: number, length = 512) => {
    const asked = recipe('vit', '{method: lora, target_modules: [query]}');
    asked.data!.max_length = length;
    return estimate(asked, vit(size)).memory.parts.activations;
  };
  expect(activations(224, 16)).toBe(activations(224));
  expect(activations(384) / activations(224)).toBeGreaterThan(2.9);
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
