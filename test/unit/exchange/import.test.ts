/** Files of other tools become recipes that are read without a fault; what is not taken over is said. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { importFile } from '../../../server/exchange/import.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { Method } from '../../../server/methods/types.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function imported(name: string, content: string | object) {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return importFile(file);
}
const peft = (config: object) =>
  imported('sst2/adapter_config.json', { base_model_name_or_path: 'org/base', target_modules: ['v', 'q'], ...config });
/** The recipe, which must be free of faults. */
function recipeOf({ text }: { text: string }) {
  const { diagnostics, recipe } = parseRecipe(text, methods);
  expect(diagnostics, text).toEqual([]);
  return recipe!;
}

describe('adapter_config.json', () => {
  test('of LoRA, with what is not taken over as comments', async () => {
    const result = peft({
      peft_type: 'LORA',
      task_type: 'SEQ_CLS',
      r: 16,
      lora_alpha: 32,
      lora_dropout: 0.05,
      rank_pattern: { 'layer.0.q': 4 },
      modules_to_save: ['classifier', 'score'],
      bias: 'lora_only',
      use_qalora: true,
      layer_replication: null,
      use_dora: false,
      peft_version: '0.21.0',
    });
    await expect(result.text).toMatchFileSnapshot('golden/adapter_config.peft');
    expect(result.name).toBe('sst2');
    expect(recipeOf(result).adapters[0]).toMatchObject({ method: 'lora', rank: 16, rank_pattern: { 'layer.0.q': 4 } });
  });

  /** A configuration that the method's `fromPeft` reads, as PEFT or Rankwise writes it. */
  const configs: Record<string, object> = {
    lora: { peft_type: 'LORA', r: 4, lora_alpha: 8, use_rslora: true },
    dora: { peft_type: 'LORA', r: 4, lora_alpha: 4, use_dora: true },
    pissa: { peft_type: 'LORA', r: 4, lora_alpha: 4, init_lora_weights: 'pissa_niter_8', lora_dropout: 0.1 },
    milora: { peft_type: 'MILORA', r: 4, lora_alpha: 4 },
    'lora-xs': { peft_type: 'LORA_XS', r: 4, lora_alpha: 4, retain: 'bottom' },
    adalora: { peft_type: 'ADALORA', init_r: 6, target_r: 3, lora_alpha: 32, rank_pattern: { 'x.lora_E': [true] } },
    oft: { peft_type: 'OFT', r: 0, oft_block_size: 16, use_cayley_neumann: true },
    boft: { peft_type: 'BOFT', boft_block_size: 8, boft_n_butterfly_factor: 2 },
    svf: { peft_type: 'SVF', form: 'renormalized', factors: { x: 'abc' } },
    svft: { peft_type: 'SVFT', pattern: 'top-k', num_coefficients: 100, r: null },
    vera: { peft_type: 'VERA', r: 128, d_initial: 0.01 },
    'tied-lora': { peft_type: 'TIED_LORA', r: 8, lora_alpha: 16, lora_dropout: 0.1 },
    ia3: { peft_type: 'IA3', feedforward_modules: ['v'] },
    bitfit: { peft_type: 'BITFIT' },
  };
  const readable = Object.values<Method>(methods).filter(({ fromPeft }) => fromPeft);

  it.each(readable)('of $id says what the adapter is', ({ id, fields, fromPeft }) => {
    const config = configs[id]!;
    const [entry] = recipeOf(peft(config)).adapters;
    const settings = fromPeft!(config as Record<string, unknown>)!;
    expect(entry).toMatchObject({ method: id, target_modules: ['q', 'v'] });
    for (const { name } of fields) {
      const own = { ...settings.options, rank: settings.rank || undefined, alpha: settings.alpha };
      const written = { ...entry!.options, rank: entry!.rank, alpha: entry!.alpha };
      expect([name, written[name as 'rank']]).toEqual([name, own[name as 'rank']]);
    }
  });

  test('a field that the method does not have here is named, and so are the parts of a result', () => {
    expect(peft(configs.pissa!).notes.join()).toContain('dropout: 0.1, which PiSSA');
    expect(peft(configs.adalora!).notes.join()).toContain('which triplets are left');
  });

  test('the folder of an adapter is as good as its file', () => {
    const { text } = peft(configs.lora!);
    expect(importFile(path.join(folder, 'sst2')).text).toBe(text);
  });
});

const axolotl = `base_model: NousResearch/Meta-Llama-3-8B
model_type: LlamaForCausalLM
load_in_4bit: true
adapter: qlora
lora_r: 32
lora_alpha: 16
lora_dropout: 0.05
lora_target_linear: true
lora_modules_to_save:
  - embed_tokens
datasets:
  - path: data/chat.jsonl
    type: alpaca
val_set_size: 0.05
output_dir: ./outputs/out
sequence_len: 4096
sample_packing: true
gradient_accumulation_steps: 4
micro_batch_size: 2
num_epochs: 4
optimizer: paged_adamw_32bit
lr_scheduler: cosine
learning_rate: 2e-4
bf16: auto
gradient_checkpointing: true
warmup_steps: 10
weight_decay: 0.0
flash_attention: true
special_tokens:
  pad_token: "<|end_of_text|>"
wandb_project:
`;

describe('axolotl', () => {
  test('a usual file', async () => {
    const result = imported('qlora.yml', axolotl);
    await expect(result.text).toMatchFileSnapshot('golden/axolotl.peft');
    const recipe = recipeOf(result);
    expect(recipe.model).toMatchObject({ dtype: 'nf4', path: 'NousResearch/Meta-Llama-3-8B' });
    expect(recipe.training).toMatchObject({ batch_size: 2, optimizer: { learning_rate: 2e-4 } });
  });

  test('conversations with their template, where we have the same', () => {
    const chat = (name: string) =>
      imported('a.yml', `base_model: m\nchat_template: ${name}\ndatasets: [{ path: a.jsonl, type: chat_template }]\n`);
    expect(recipeOf(chat('llama3')).data).toMatchObject({
      chat_template: 'llama-3',
      columns: { messages: 'messages' },
    });
    expect(recipeOf(chat('tokenizer_default')).data).not.toHaveProperty('chat_template');
    expect(chat('command_a').notes).toContainEqual(expect.stringContaining('chat_template'));
  });

  test('without an adapter it is full fine-tuning; data on the hub is left to the reader', () => {
    const result = imported(
      'full.yaml',
      'base_model: m\ndatasets: [{ path: org/set, type: chat_template }]\nval_set_size: 0.1\n',
    );
    expect(recipeOf(result)).toMatchObject({ adapters: [{ method: 'full' }] });
    expect(recipeOf(result).data).toBeUndefined();
    expect(result.notes.join('\n')).toMatch(/datasets: .*org\/set/);
  });

  test.each([
    ['peft_use_dora: true', 'dora'],
    ['peft_init_lora_weights: pissa', 'pissa'],
  ])('%s is another method', (line, method) => {
    expect(recipeOf(imported('a.yml', `base_model: m\nadapter: lora\n${line}\n`)).adapters[0]!.method).toBe(method);
  });

  test('values of the wrong kind are said, not taken', () => {
    const text =
      'base_model: m\nadapter: lora\nlora_r: many\nlearning_rate: fast\nlora_alpha: -1\nseed: 1.5\nfoo: "a\\n# b"\n';
    const result = imported('a.yml', text);
    expect(recipeOf(result).adapters[0]).toMatchObject({ rank: 8 });
    for (const key of ['lora_r', 'learning_rate', 'lora_alpha', 'seed', 'foo'])
      expect(
        result.notes.some((note) => note.startsWith(`${key}: `)),
        key,
      ).toBe(true);
  });
});

test.each([
  ['a.json', '{"model_type": "llama"}', 'not-importable'],
  ['a.json', '{', 'bad-adapter-config'],
  ['adapter_config.json', '{"peft_type": "LOHA", "r": 8}', 'unsupported-adapter'],
  ['adapter_config.json', '{"peft_type": "LORA", "r": "x"}', 'bad-adapter-config'],
  ['a.yml', 'a: [', 'bad-axolotl-config'],
  ['a.yml', 'services: {}', 'bad-axolotl-config'],
  ['a.yml', 'base_model: m\nadapter: loha\n', 'unsupported-adapter'],
  ['a.toml', 'x', 'not-importable'],
])('%s with %s is refused as %s', (name, content, code) => {
  expect(() => imported(name, content)).toThrow(expect.objectContaining({ code }));
});

test('what is not there, or no file, is refused', () => {
  for (const file of ['none.yml', '.']) {
    const given = path.join(folder, file);
    expect(() => importFile(given)).toThrow(expect.objectContaining({ code: 'file-not-readable' }));
  }
});
