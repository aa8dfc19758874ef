import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadingCode } from '../../../server/exchange/python-loading.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'rwl-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A run whose adapters call themselves so. */
function codeOf(model: string, types: Record<string, string>, more: Partial<RunRecord> = {}) {
  const text = `version: 1\nmodel: { path: /base, ${model} }\nadapters: [{ method: lora }]\n`;
  const recipe = parseRecipe(text, methods).partial!;
  const adapters = Object.entries(types).map(([name, peft_type]) => {
    const dir = path.join(folder, name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(dir, 'adapter_config.json'), JSON.stringify({ peft_type }));
    return { name, path: dir };
  });
  return loadingCode(recipe, { run: '/runs/pirate', name: 'pirate', adapters, ...more } as RunRecord);
}

test('an adapter is laid on its base, by its absolute path', () => {
  expect(codeOf('task: causal-lm, dtype: bfloat16', { own: 'LORA' })).toBe(`import torch
import transformers
from peft import PeftModel

tokenizer = transformers.AutoTokenizer.from_pretrained("/base")
model = transformers.AutoModelForCausalLM.from_pretrained("/base", dtype=torch.bfloat16)
model = PeftModel.from_pretrained(model, ${JSON.stringify(path.join(folder, 'own'))})
model.eval()
`);
});

test('several adapters are loaded by their names and work together', () => {
  const code = codeOf('task: causal-lm', { a: 'LORA', b: 'IA3' });
  expect(code).toContain('adapter_name="a")\nmodel.load_adapter(');
  expect(code).toContain('model.base_model.set_adapter(["a", "b"])');
});

test('what PEFT does not read is loaded from where it is exported to', () => {
  const code = codeOf('task: causal-lm', { svf: 'SVF' });
  expect(code).toContain('rankwise export "/runs/pirate" --format lora -o "/runs/pirate-lora"');
  expect(code).toContain('PeftModel.from_pretrained(model, "/runs/pirate-lora")');
});

test('a whole model needs no PEFT, and images a processor', () => {
  const code = codeOf('task: image-classification', {}, { modelPath: '/runs/pirate/model' });
  expect(code).not.toContain('peft');
  expect(code).toContain('AutoImageProcessor.from_pretrained("/base")');
  expect(code).toMatch(/AutoModelForImageClassification.from_pretrained\(\s*"\/runs\/pirate\/model"/);
});

test('a run without a result is refused', () => {
  expect(() => codeOf('task: causal-lm', {})).toThrow('pirate has no result to load yet.');
});
