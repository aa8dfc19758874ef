import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { familyOf, moduleTable } from '../../../server/architectures/families.ts';
import type { ModelConfig, ModuleTable } from '../../../server/architectures/types.ts';

const json = (file: string) => JSON.parse(readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), 'utf8'));

interface Counted {
  architecture: string;
  totalParameters: number;
  modules: { name: string; shape: number[]; count: number; bias?: boolean }[];
  rows: { set: string; target_modules: unknown; trainable: number; adapterOnly?: number }[];
}
const counts: Record<string, Counted> = json('counts.json').models;
const taskOf = (architecture: string) =>
  architecture.endsWith('ForCausalLM') ? 'causal-lm' : 'sequence-classification';

describe.each(Object.entries(counts))('%s', (name, expected) => {
  const table = moduleTable(json(`configs/${name}/config.json`), taskOf(expected.architecture));

  it('has the total of transformers', () => {
    expect(table.architecture).toBe(expected.architecture);
    expect(table.totalParameters).toBe(expected.totalParameters);
  });

  it('lists exactly the linear layers', () => {
    const linears = new Map<string, { shape: number[]; count: number; bias: boolean }>();
    for (const m of table.modules.filter((m) => m.kind === 'linear')) {
      const key = m.layer === undefined ? m.name : m.name.replace(`.${m.layer}.`, '.*.');
      linears.set(key, { shape: [m.m, m.n], count: (linears.get(key)?.count ?? 0) + 1, bias: m.bias });
    }
    const wanted = expected.modules.map((m) => [m.name, { shape: m.shape, count: m.count, bias: m.bias ?? false }]);
    expect([...linears]).toEqual(wanted);
  });

  it('knows which linear layers PEFT calls all-linear, and its default targets', () => {
    const lora8 = (modules: ModuleTable['modules']) => modules.reduce((sum, m) => sum + 8 * (m.m + m.n), 0);
    const linears = table.modules.filter((m) => m.kind === 'linear');
    const row = (set: string) => expected.rows.find((r) => r.set === set)!;
    const own = (set: string) => row(set).adapterOnly ?? row(set).trainable;
    expect(lora8(linears.filter((m) => m.role !== 'output-head' && m.role !== 'task-head'))).toBe(own('all-linear'));
    const targets = table.defaultTargets.lora as string[];
    expect(lora8(linears.filter((m) => targets.some((t) => m.name.endsWith(`.${t}`))))).toBe(own('peft-default'));
  });
});

/** Shapes in a safetensors header, which transformers wrote. */
function stored(name: string): Record<string, number[]> {
  const bytes = readFileSync(new URL(`../../fixtures/tiny/${name}/model.safetensors`, import.meta.url));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  delete header.__metadata__;
  return Object.fromEntries(Object.entries<{ shape: number[] }>(header).map(([k, v]) => [k, v.shape]));
}

it.each(['llama', 'llama-tied', 'bert', 'roberta'])('%s: parameters are those that transformers saves', (name) => {
  const config: ModelConfig = json(`tiny/${name}/config.json`);
  const table = moduleTable(config, taskOf(String((config.architectures as string[])[0])));
  const own = table.modules
    .filter((m) => m.tiedTo === undefined)
    .flatMap((m) => Object.entries(m.parameters).map(([p, shape]) => [`${m.name}.${p}`, shape]));
  expect(Object.fromEntries(own)).toEqual(stored(name));
  expect(table.totalParameters).toBe(Object.values(stored(name)).reduce((s, x) => s + x.reduce((a, b) => a * b, 1), 0));
});

it('names the module that a tied head shares its weight with', () => {
  const head = moduleTable(json('tiny/llama-tied/config.json'), 'causal-lm').modules.at(-1)!;
  expect(head).toMatchObject({ name: 'lm_head', tiedTo: 'model.embed_tokens', role: 'output-head' });
});

it('sizes the head by the recipe, then the config, and gives regression one output', () => {
  const outputs = (task: string, labels?: number) =>
    moduleTable(json('tiny/roberta/config.json'), task, labels).modules.at(-1)!.m;
  expect(outputs('sequence-classification')).toBe(3);
  expect(outputs('sequence-classification', 7)).toBe(7);
  expect(outputs('regression')).toBe(1);
});

it('counts the positions that tokens can have', () => {
  const table = moduleTable(json('configs/roberta-base/config.json'), 'sequence-classification');
  expect(table.shape.maxPositions).toBe(512);
});

it('finds parameters of checkpoints without the base prefix or with TensorFlow names', () => {
  const { diskNames } = familyOf({ model_type: 'bert' });
  expect(diskNames('bert.embeddings.LayerNorm.weight')).toEqual([
    'bert.embeddings.LayerNorm.weight',
    'bert.embeddings.LayerNorm.gamma',
    'embeddings.LayerNorm.weight',
    'embeddings.LayerNorm.gamma',
  ]);
  expect(diskNames('classifier.bias')).toEqual(['classifier.bias']);
  expect(familyOf({ model_type: 'llama' }).diskNames('model.norm.weight')).toEqual([
    'model.norm.weight',
    'norm.weight',
  ]);
});

describe('refusals', () => {
  const llama = json('tiny/llama/config.json');
  const thrown = (config: ModelConfig, task = 'causal-lm') => {
    try {
      moduleTable(config, task);
    } catch (error) {
      return error;
    }
    throw new Error('nothing was thrown');
  };

  it.each<[string, unknown]>([
    ['hidden_size', undefined],
    ['hidden_size', -64],
    ['hidden_size', 64.5],
    ['hidden_size', '64'],
    ['num_hidden_layers', 1e9],
    ['num_hidden_layers', null],
    ['vocab_size', 2 ** 60],
    ['num_attention_heads', 0],
    ['num_attention_heads', 5],
    ['num_key_value_heads', 3],
    ['head_dim', 15],
    ['tie_word_embeddings', 'yes'],
    ['hidden_act', 'constructor'],
    ['rms_norm_eps', Number.POSITIVE_INFINITY],
    ['rope_parameters', 'fast'],
  ])('%s = %j', (field, value) => {
    expect(thrown({ ...llama, [field]: value })).toMatchObject({ name: 'RankwiseError', code: 'bad-config', field });
  });

  it('lists what is supported', () => {
    expect(thrown({ model_type: 'mamba' })).toMatchObject({
      code: 'unsupported-architecture',
      hint: expect.stringContaining('Known model types: llama, mistral,'),
    });
    expect(thrown(llama, 'seq2seq')).toMatchObject({
      code: 'unsupported-task',
      hint: 'Supported for Llama: causal-lm, sequence-classification, regression.',
    });
  });

  it('reads the type of a config without model_type from its class', () => {
    const { model_type: _, ...old } = llama;
    expect(moduleTable(old, 'causal-lm').family).toBe('llama');
  });
});
