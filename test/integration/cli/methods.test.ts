/** Methods that start from decompositions, from the recipe to the exported adapter, with the kernel that ships. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModelFolder } from '../../../server/checkpoint/model-write.ts';
import { largestDifference } from '../../unit/models/tiny.ts';
import { fixture, Rig, tinyLlama } from '../rig.ts';

const rig = new Rig();
let input: string;
beforeAll(() => {
  const input_ids = [
    [5, 9, 30, 7, 81],
    [4, 4, 17, 60, 2],
  ];
  input = rig.file(
    'input.json',
    JSON.stringify({ input_ids, attention_mask: input_ids.map((row) => row.map(() => 1)) }),
  );
});
afterAll(() => rig.close());

async function run(recipe: string) {
  const { events, finished } = await rig.finish('run', recipe);
  return { events, run: finished.run, adapter: finished.adapters![0]!.path, result: finished.result };
}

const logits = async (...more: string[]): Promise<number[]> => (await rig.forward(input, ...more)).logits;

describe.each([
  ['lora-xs', { rank: 4 }, 4e-3, 4],
  ['pissa', { rank: 4 }, 1e-3, 4],
  ['pissa', { rank: 3, svd: 'randomized' }, 1e-3, 4],
  // Of the decompositions that PiSSA has left.
  ['milora', { rank: 4 }, 1e-3, undefined],
  ['svf', {}, 1e-2, undefined],
  ['svft', { pattern: 'top-k', num_coefficients: 60, gate: true }, 1e-2, undefined],
  ['svft', { pattern: 'banded', rank: 8 }, 1e-2, 4],
])('%s %j', (method, fields, learning_rate, decomposed) => {
  const name = [method, ...Object.values(fields)].join('-');
  const adapters = [{ method, ...fields, target_modules: ['q_proj', 'v_proj'] }];
  const training = { optimizer: { learning_rate } };
  const recipe = rig.recipe(name, { adapters, training, data: { train: 'train.jsonl', validation: 'train.jsonl' } });
  let first: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    first = await run(recipe);
  });

  test('learns, as many numbers as estimated; a second run decomposes nothing and ends the same', async () => {
    const { result, events } = first;
    const prepared = events.filter((event) => event.event === 'preparing').at(-1);
    expect([prepared?.done, prepared?.total]).toEqual([decomposed, decomposed]);
    expect(result.adapted!.loss).toBeLessThan(result.base!.loss);
    const estimated = await rig.json<{ trainableParameters: number; allParameters: number }>('estimate', recipe);
    expect(estimated).toMatchObject({
      trainableParameters: result.trainableParameters,
      allParameters: result.allParameters,
    });
    const kept = readdirSync(path.join(rig.home, 'factors'));
    const again = await run(recipe);
    expect(again.events.map(({ event }) => event)).not.toContain('preparing');
    expect(again.result.adapted).toEqual(result.adapted);
    expect(readdirSync(path.join(rig.home, 'factors'))).toEqual(kept);
  });

  test('runs, merges and exports to the same, and another recipe goes on from it', async () => {
    const adapted = await logits(tinyLlama, '--adapter', first.adapter);
    expect(largestDifference(adapted, await logits(tinyLlama))).toBeGreaterThan(1e-3);
    const merged = path.join(rig.root, `${name}-merged`);
    await rig.json('merge', first.run, '-o', merged);
    expect(largestDifference(await logits(merged), adapted)).toBeLessThan(5e-5);
    const exported = path.join(rig.root, `${name}-lora`);
    expect(await rig.json('export', first.run, '--format', 'lora', '-o', exported)).toMatchObject({ exact: true });
    expect(largestDifference(await logits(tinyLlama, '--adapter', exported), adapted)).toBeLessThan(5e-5);
    const near = path.join(rig.root, `${name}-near`);
    const nearest = await rig.json<{ exact: boolean; retainedEnergy: number }>(
      'export',
      first.run,
      '--format',
      'lora',
      '--rank',
      '2',
      '-o',
      near,
    );
    expect(nearest.exact).toBe(false);
    expect(nearest.retainedEnergy).toBeGreaterThan(0);
    expect(nearest.retainedEnergy).toBeLessThan(1);
    expect(largestDifference(await logits(tinyLlama, '--adapter', near), adapted)).toBeGreaterThan(5e-5);
    const evaluated = await rig.json<{ loss: number }>('evaluate', first.run, '--data', 'train.jsonl');
    expect(evaluated.loss).toBeGreaterThan(0);
    const next = await run(
      rig.recipe(`${name}-next`, { adapters: [{ path: first.adapter }], training: { max_steps: 2 } }),
    );
    expect(next.events.map(({ event }) => event)).not.toContain('preparing');
    expect(next.result.trainableParameters).toBe(first.result.trainableParameters);
  });
});

test('an adapter with factors outside it moves to another machine with an export, and is refused without them', async () => {
  const adapters = [{ method: 'svft', pattern: 'banded', target_modules: ['q_proj'] }];
  const trained = await run(rig.recipe('moving', { adapters, training: { max_steps: 3 } }));
  const here = await logits(tinyLlama, '--adapter', trained.adapter);
  const exported = path.join(rig.root, 'moving-peft');
  await rig.json('export', trained.run, '--format', 'peft', '-o', exported);
  expect(readdirSync(path.join(exported, 'factors'))).toHaveLength(2);
  expect(readdirSync(trained.adapter)).not.toContain('factors');

  // Another machine: nothing kept, and a base whose decomposition has other bits.
  rmSync(path.join(rig.home, 'shared-factors'), { recursive: true });
  rmSync(path.join(rig.home, 'factors'), { recursive: true });
  expect(largestDifference(await logits(tinyLlama, '--adapter', exported), here)).toBe(0);
  const config = path.join(trained.adapter, 'adapter_config.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace(/"[0-9a-f]{64}"/, `"${'0'.repeat(64)}"`));
  const refused = await rig.cli('forward', tinyLlama, '--adapter', trained.adapter, '--input', input);
  expect(refused.code).toBe(1);
  for (const part of ['factors-missing', `${'0'.repeat(64)}.safetensors`, '--format peft'])
    expect(refused.stderr).toContain(part);
  const seen = await rig.json<{ modules: { update?: number[] }[] }>('spectrum', tinyLlama, '--adapter', exported);
  expect(seen.modules.filter(({ update }) => update)).toHaveLength(2);
});

test('Ctrl-C while weights are decomposed: cancelled within a second', async () => {
  const [hidden, layers] = [1536, 8];
  const model = path.join(rig.root, 'wide');
  const { config, tensors } = wideLlama(hidden, layers);
  await writeModelFolder(model, { config, tensors });
  const adapters = [{ method: 'milora', target_modules: ['q_proj', 'k_proj'] }];
  const started = rig.start('run', rig.recipe('wide', { model: { path: model, task: 'causal-lm' }, adapters }));
  await started.until(({ event }) => event === 'preparing');
  const began = performance.now();
  started.child.kill('SIGINT');
  await started.until(({ event }) => event === 'cancelled');
  expect(performance.now() - began).toBeLessThan(1500);
  expect(await started.exit).toBe(1);
  expect(started.events.at(-1)).toMatchObject({ event: 'cancelled', step: 0 });
});

/** A Llama with matrices that take a while to decompose. */
function wideLlama(hidden: number, layers: number) {
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 256,
    hidden_size: hidden,
    intermediate_size: 64,
    num_hidden_layers: layers,
    num_attention_heads: 8,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
  };
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [256, hidden],
    'model.norm.weight': [hidden],
  };
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    for (const part of ['q', 'k', 'v', 'o']) shapes[`${at}.self_attn.${part}_proj.weight`] = [hidden, hidden];
    for (const part of ['gate', 'up']) shapes[`${at}.mlp.${part}_proj.weight`] = [64, hidden];
    shapes[`${at}.mlp.down_proj.weight`] = [hidden, 64];
    for (const part of ['input', 'post_attention']) shapes[`${at}.${part}_layernorm.weight`] = [hidden];
  }
  let seed = 0;
  const tensors = Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    data: () => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      for (let i = 0; i < data.length; i++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
        data[i] = seed * 2 ** -36;
      }
      return data;
    },
  }));
  return { config, tensors };
}

describe.each([
  ['dora', { rank: 4, target_modules: ['q_proj', 'v_proj'] }, 1e-2, false],
  ['vera', { rank: 32, target_modules: ['q_proj', 'v_proj'] }, 0.1, true],
  ['ia3', {}, 5e-2, false],
  ['adalora', { init_rank: 4, target_rank: 2, tinit: 1, tfinal: 2, target_modules: ['q_proj', 'v_proj'] }, 5e-2, true],
  ['tied-lora', { rank: 4, target_modules: ['q_proj', 'o_proj'] }, 1e-2, true],
])('%s needs no decomposition', (method, fields, learning_rate, plain) => {
  test('learns as many numbers as estimated; its adapter runs, and merges and exports to the same', async () => {
    const recipe = rig.recipe(`whole-${method}`, {
      adapters: [{ method, ...fields }],
      training: { max_steps: 6, optimizer: { learning_rate } },
      data: { train: 'train.jsonl', validation: 'train.jsonl' },
    });
    const { run: folder, adapter, result, events } = await run(recipe);
    expect(events.map(({ event }) => event)).not.toContain('decomposed');
    expect(result.adapted!.loss).toBeLessThan(result.base!.loss);
    expect(await rig.json('estimate', recipe)).toMatchObject({
      trainableParameters: result.trainableParameters,
      allParameters: result.allParameters,
    });
    const adapted = await logits(tinyLlama, '--adapter', adapter);
    expect(largestDifference(adapted, await logits(tinyLlama))).toBeGreaterThan(1e-3);
    const merged = path.join(rig.root, `whole-${method}-merged`);
    await rig.json('merge', folder, '-o', merged);
    expect(largestDifference(await logits(merged), adapted)).toBeLessThan(5e-5);
    const exported = path.join(rig.root, `whole-${method}-lora`);
    const { code } = await rig.cli('export', folder, '--format', 'lora', '-o', exported, '--json');
    expect(code === 0).toBe(plain);
    if (plain) expect(largestDifference(await logits(tinyLlama, '--adapter', exported), adapted)).toBeLessThan(5e-5);
  });
});

test.each([
  ['bitfit', {}],
  ['lora', { rank: 2, bias: 'all', target_modules: ['query'] }],
])('%s trains biases of a classifier, and its adapter runs', async (method, fields) => {
  const roberta = fixture('tiny/roberta');
  const rows = Array.from({ length: 16 }, (_, i) =>
    JSON.stringify({ input_ids: [0, 9 + i, 30, 7 + (i % 2), 2], labels: i % 2 }),
  );
  rig.file('classes.jsonl', rows.join('\n'));
  const { adapter, result } = await run(
    rig.recipe(`biases-${method}`, {
      model: { path: roberta, task: 'sequence-classification' },
      adapters: [{ method, ...fields }],
      data: { train: 'classes.jsonl' },
      training: { max_steps: 4, optimizer: { learning_rate: 1e-3 } },
    }),
  );
  // 16 biases of layers and 1 of the embeddings, each of 64 numbers but the two wide ones, and the head.
  expect(result.trainableParameters).toBeGreaterThan(17 * 64);
  const adapted = await logits(roberta, '--adapter', adapter);
  expect(largestDifference(adapted, await logits(roberta))).toBeGreaterThan(1e-4);
});
