/** What a recipe that goes on from a saved adapter is told before it runs. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSavedAdapter } from '../../../server/checkpoint/saved-adapter.ts';

const trained = fileURLToPath(new URL('../../fixtures/traces/llama/lora/adapter_after', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-saved-'));
  cpSync(trained, path.join(folder, 'a'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const code = () => {
  const { value } = loadSavedAdapter(folder, 'a');
  return 'error' in value ? value.error.code : value.entry.method;
};

test('an adapter whose files a run would take', () => expect(code()).toBe('lora'));

test('weights that are missing, damaged or a pickle are said before the run', () => {
  const weights = path.join(folder, 'a', 'adapter_model.safetensors');
  writeFileSync(weights, 'version https://git-lfs.github.com/spec/v1');
  expect(code()).toBe('bad-safetensors');
  rmSync(weights);
  expect(code()).toBe('adapter-not-found');
  writeFileSync(path.join(folder, 'a', 'adapter_model.bin'), '');
  expect(code()).toBe('pickle-refused');
});

test('a field that changes what the adapter computes is said before the run', () => {
  const file = path.join(folder, 'a', 'adapter_config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), use_qalora: true }));
  expect(code()).toBe('unsupported-adapter-field');
});
