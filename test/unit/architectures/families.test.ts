/** Tables of every family against transformers and PEFT (test/fixtures/module-tables.json says which versions). */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { families, familyOf, moduleTable } from '../../../server/architectures/families.ts';
import type { ModelConfig, Module, ModuleTable } from '../../../server/architectures/types.ts';
import { claimsOf } from '../../../server/budget/claims.ts';
import { parse } from '../recipe/harness.ts';

type Shapes = Record<string, number[]>;
interface Small {
  task: string;
  config: ModelConfig;
  architecture: string;
  total: number;
  /** Adapter scalars with PEFT; null where it has no default targets, a text where it refuses. */
  peft: Record<'allLinear' | 'lora' | 'adalora' | 'ia3', number | string | null>;
  modules: [name: string, kind: string, parameters: Shapes, tiedTo?: string][];
  stored: Shapes;
}
const fixture = JSON.parse(readFileSync('test/fixtures/module-tables.json', 'utf8')) as {
  small: Record<string, Small>;
  published: Record<string, Omit<Small, 'modules' | 'stored' | 'peft'> & { allLinear: number | string }>;
};

const kinds: Record<string, Module['kind']> = { Linear: 'linear', FalconLinear: 'linear', Conv1D: 'conv1d' };
const kindOf = (name: string): Module['kind'] =>
  kinds[name] ?? (/Norm$/.test(name) ? 'norm' : /Embedding$/.test(name) ? 'embedding' : 'other');

/** Scalars that an entry's adapters have on a table. */
function adapterScalars(table: ModuleTable, task: string, entry: string): number {
  const { recipe } = parse(`version: 1\nmodel: {path: x, task: ${task}}\nadapters: [${entry}]\ndata: {train: a.jsonl}`);
  return claimsOf(recipe!, table).claims.reduce((sum, { trainable }) => sum + trainable, 0);
}
const entries = {
  allLinear: '{method: lora, rank: 8, target_modules: all-linear}',
  lora: '{method: lora, rank: 8}',
  adalora: '{method: adalora, init_rank: 12}',
  ia3: '{method: ia3}',
};

describe.each(Object.entries(fixture.small))(
  '%s',
  (name, { task, config, architecture, total, peft, modules, stored }) => {
    const table = moduleTable(config, task);

    it('has the modules of transformers, in their order', () => {
      expect(table).toMatchObject({ architecture, totalParameters: total });
      expect(table.modules.map((m) => [m.name, m.kind, m.parameters, m.tiedTo])).toEqual(
        modules.map(([module, kind, parameters, tiedTo]) => [module, kindOf(kind), parameters, tiedTo]),
      );
    });

    it('has logical shapes and biases that follow from the parameters', () => {
      for (const { kind, m, n, bias, parameters } of table.modules) {
        expect(bias).toBe('bias' in parameters);
        if (kind === 'linear' || kind === 'embedding') expect([m, n]).toEqual(parameters.weight);
        if (kind === 'conv1d') expect([n, m]).toEqual(parameters.weight);
      }
    });

    it('finds every parameter in the checkpoint, and nothing is left there', () => {
      const family = familyOf(config);
      const taken = table.modules
        .filter((m) => m.tiedTo === undefined)
        .flatMap((m) => Object.entries(m.parameters).map(([p, shape]) => [`${m.name}.${p}`, shape] as const))
        .flatMap(([parameter, shape]): [string | undefined, number[]][] => {
          const parts = family.split?.(parameter, shape);
          return parts
            ? parts.map((part) => [part.name, part.shape])
            : [[family.diskNames(parameter).find((n) => n in stored), shape]];
        });
      expect(Object.fromEntries(taken)).toEqual(stored);
    });

    it('knows the names that checkpoints have', () => {
      for (const { storedName, parameters } of table.modules)
        if (storedName !== undefined)
          for (const parameter of Object.keys(parameters))
            expect(stored).toHaveProperty([`${storedName}.${parameter}`]);
    });

    // PEFT adapts stacked experts as parameters of their own, which no method does here; of distilbert it refuses all-linear with the head.
    const differs = /^mixtral/.test(name);
    it.each(Object.entries(peft).filter(([, count]) => typeof count === 'number' && !differs))(
      'adapts what PEFT adapts: %s',
      (what, count) => {
        expect(adapterScalars(table, task, entries[what as keyof typeof entries])).toBe(count);
      },
    );
  },
);

test('no default targets where PEFT has none', () => {
  for (const [name, { task, config, peft }] of Object.entries(fixture.small)) {
    const { lora } = moduleTable(config, task).defaultTargets;
    expect([name, lora === undefined]).toEqual([name, peft.lora === null]);
  }
});

test.each(Object.entries(fixture.published))('%s: total of transformers, all-linear of PEFT', (name, row) => {
  const table = moduleTable(row.config, row.task);
  expect(table).toMatchObject({ architecture: row.architecture, totalParameters: row.total });
  if (typeof row.allLinear === 'number' && !/^mixtral/.test(name))
    expect(adapterScalars(table, row.task, entries.allLinear)).toBe(row.allLinear);
});

test('every family has a case, and every task of it a table', () => {
  const cases = Object.values(fixture.small).map(({ config, task }) => ({ family: familyOf(config), config, task }));
  for (const family of families) {
    const own = cases.filter((c) => c.family === family);
    expect([family.id, own.length > 0]).toEqual([family.id, true]);
    for (const task of family.tasks) expect(family.table(own[0]!.config, task).modules.length).toBeGreaterThan(5);
  }
});

test('of Gemma 3 with images the language model is the table, under both names that checkpoints have', () => {
  const { config } = fixture.small.gemma3!;
  const { head_dim, num_attention_heads, num_key_value_heads, vocab_size, model_type: _, ...text } = config;
  const whole = moduleTable({ model_type: 'gemma3', text_config: text, vision_config: {} }, 'causal-lm');
  expect(whole.modules.find((m) => m.name.endsWith('q_proj'))).toMatchObject({ m: 8 * 256 });
  expect(whole.modules[0]).toMatchObject({ m: 262_208 });
  expect(familyOf({ model_type: 'gemma3' }).diskNames('model.norm.weight')).toEqual(
    expect.arrayContaining(['language_model.model.norm.weight', 'model.language_model.norm.weight']),
  );
});

describe('config.json with faults', () => {
  const sizes: Record<string, string[]> = {
    gpt2: ['n_embd', 'n_layer', 'n_head', 'vocab_size'],
    distilbert: ['dim', 'hidden_dim', 'n_layers', 'n_heads', 'vocab_size'],
    t5: ['d_model', 'd_ff', 'num_layers', 'num_heads', 'vocab_size'],
    opt: ['hidden_size', 'ffn_dim', 'num_hidden_layers', 'num_attention_heads', 'vocab_size'],
    falcon: ['hidden_size', 'num_hidden_layers', 'num_attention_heads', 'vocab_size'],
    vit: ['hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads'],
  };
  const usual = ['hidden_size', 'intermediate_size', 'num_hidden_layers', 'vocab_size'];

  it.each(families.map((family) => [family.id, family] as const))('%s names the field', (_, family) => {
    const { config, task } = Object.values(fixture.small).find((row) => familyOf(row.config) === family)!;
    for (const field of sizes[family.id] ?? usual)
      for (const wrong of [undefined, -4, 0, 2.5, '24', [24], 1e9, 2 ** 60, Number.NaN]) {
        const faulty = { ...config, [field]: wrong };
        const thrown = (() => {
          try {
            return moduleTable(faulty, task);
          } catch (error) {
            return error;
          }
        })();
        // A missing size may have a default.
        if (wrong === undefined && (thrown as ModuleTable).modules !== undefined) continue;
        expect([wrong, thrown]).toEqual([wrong, expect.objectContaining({ code: 'bad-config', field })]);
      }
  });
});

test('sizes that are each possible, and together are not', () => {
  const thrown = (name: string, change: object) => {
    const { config, task } = fixture.small[name]!;
    return () => moduleTable({ ...config, ...change }, task);
  };
  const field = (name: string) => expect.objectContaining({ code: 'bad-config', field: name });
  expect(thrown('mixtral', { num_hidden_layers: 2000, num_local_experts: 64 })).toThrow(field('num_local_experts'));
  expect(thrown('albert', { num_hidden_groups: 2000, inner_group_num: 2 })).toThrow(field('inner_group_num'));
  expect(thrown('t5', { num_heads: 16_000, d_kv: 128 })).toThrow(field('d_kv'));
  expect(thrown('vit', { image_size: [32, 32, 32] })).toThrow(field('image_size'));
  expect(thrown('vit', { image_size: 1_000_000, patch_size: 1 })).toThrow(field('image_size'));
  expect(thrown('deberta-v2', { share_att_key: false, pos_att_type: [7] })).toThrow(field('pos_att_type'));
  expect(thrown('gemma3', { text_config: 'text' })).toThrow(field('text_config'));
  expect(thrown('falcon', { parallel_attn: 'yes' })).toThrow(field('parallel_attn'));
});
