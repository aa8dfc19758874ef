/** What an inspection finds in adapters that are well, and in those that are not. */
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readAdapter } from '../../../server/checkpoint/peft.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { compareAdapters } from '../../../server/inspect/compare.ts';
import { inspectFolder } from '../../../server/inspect/inspect.ts';
import { comparisonLines, inspectionLines } from '../../../server/inspect/text.ts';
import type { InspectParams } from '../../../server/protocol/inspect.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures');
const model = path.join(fixtures, 'tiny/llama');
const saved = (name: string) => path.join(fixtures, 'traces/llama', name, 'adapter_after');
const scratch = mkdtempSync(path.join(tmpdir(), 'rw-inspect-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const inspect = async (adapter: string, more: Partial<InspectParams> = {}) =>
  (await inspectFolder(adapter, { adapter, ...more }))[0]!;
const text = (lines: [string, string][][]) => lines.map((line) => line.map(([, part]) => part).join('')).join('\n');

let copies = 0;
function copyOf(name: string): string {
  const folder = path.join(scratch, `${name}-${copies++}`);
  cpSync(saved(name), folder, { recursive: true });
  return folder;
}
function edited(name: string, change: (config: Record<string, unknown>) => void): string {
  const folder = copyOf(name);
  const file = path.join(folder, 'adapter_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  change(config);
  writeFileSync(file, JSON.stringify(config));
  return folder;
}
async function rewritten(name: string, change: (key: string, data: Float32Array) => void): Promise<string> {
  const folder = copyOf(name);
  const { tensors } = await readAdapter(folder);
  for (const [key, { data }] of tensors) change(key, data);
  const sources = [...tensors].map(([key, { shape, data }]) => ({ name: key, shape, data: () => data }));
  writeSafetensors(path.join(folder, 'adapter_model.safetensors'), sources);
  return folder;
}

test('an adapter on its base, as people read it', async () => {
  const one = await inspect(saved('lora'), { model });
  const shown = text(inspectionLines([one], 80)).replaceAll(fixtures, '…');
  await expect(`${shown}\n`).toMatchFileSnapshot('golden/lora.txt');
  expect(one).toMatchObject({
    method: { id: 'lora' },
    rank: 4,
    alpha: 8,
    base: { dir: model, weights: 'not-recorded' },
    trainable: { parameters: 1792 },
    file: { parameters: 1792, tensors: 8, dtypes: { F32: 8 } },
    findings: [],
  });
});

test.each(['lora', 'rslora', 'adalora', 'pissa', 'dora', 'ia3', 'vera', 'oft'])(
  '%s: every matrix has a norm',
  async (name) => {
    const one = await inspect(saved(name));
    expect(one.method?.id).toBe(name.replace('rslora', 'lora'));
    expect(one.matrices).toHaveLength(4);
    for (const { norm, of } of one.matrices) {
      expect(norm).toBeGreaterThan(0);
      expect(of).toBe(['lora', 'rslora', 'adalora'].includes(name) ? 'update' : 'tensors');
    }
    expect(one.shared).toHaveLength(name === 'vera' ? 2 : 0);
  },
);

test('a base that is not here is said, and nothing is checked against it', async () => {
  const { base, trainable, findings } = await inspect(saved('lora'));
  expect(base).toEqual({ name: 'tiny/llama', weights: 'not-recorded' });
  expect(trainable).toBeUndefined();
  expect(findings.map(({ code, field }) => [code, field])).toEqual([['base-not-known', 'base_model_name_or_path']]);
});

test('weights of another base are found by their digest', async () => {
  const folder = copyOf('lora');
  const matrices = { 'model.layers.0.self_attn.q_proj': '0123456789abcdef' };
  writeFileSync(
    path.join(folder, 'rankwise.json'),
    JSON.stringify({ base_weights: { sha256: 'ab'.repeat(32), matrices } }),
  );
  const { base, findings } = await inspect(folder, { model });
  expect(base.weights).toBe('other');
  expect(findings).toMatchObject([{ code: 'wrong-base', severity: 'error', file: path.join(folder, 'rankwise.json') }]);
  expect(findings[0]!.message).toContain('1 of the 1 matrices that it adapts differ, model.layers.0.self_attn.q_proj');
});

test('NaN, zeros and tensors that the configuration does not have are findings', async () => {
  const broken = await inspect(
    await rewritten('lora', (key, data) => {
      if (key.includes('layers.0.self_attn.q_proj.lora_A')) data[3] = Number.NaN;
      if (key.includes('layers.1.self_attn.v_proj.lora_B')) data.fill(0);
    }),
    { model },
  );
  expect(broken.findings.map(({ code, message }) => [code, message])).toEqual([
    ['tensor-not-finite', expect.stringContaining('layers.0.self_attn.q_proj.lora_A.weight (1 of 256)')],
    ['tensor-all-zero', expect.stringContaining('1 of 3 matrices are left as they were')],
  ]);
  expect(broken.matrices.map(({ norm }) => norm)).toEqual([null, expect.any(Number), expect.any(Number), 0]);
  const fresh = await inspect(await rewritten('lora', (key, data) => void (key.includes('lora_B') && data.fill(0))));
  expect(fresh.findings.at(-1)!.message).toContain('The adapter changes nothing: it was not trained.');
  const other = await inspect(
    edited('lora', (config) => Object.assign(config, { r: 2, target_modules: ['q_proj'], colour: 1 })),
    { model },
  );
  expect(other.unknown).toEqual(['colour']);
  expect(other.findings.map(({ code }) => code).sort()).toEqual([
    'adapter-tensor-extra',
    'adapter-tensor-shape',
    'unknown-adapter-field',
  ]);
});

test('damaged folders: what is left is shown, with the fault and its place', async () => {
  const cut = copyOf('lora');
  const weights = path.join(cut, 'adapter_model.safetensors');
  truncateSync(weights, 4000);
  expect(await inspect(cut)).toMatchObject({
    rank: 4,
    matrices: [],
    findings: [{ code: 'bad-safetensors', file: weights }, { code: 'base-not-known' }],
  });

  const pickled = copyOf('lora');
  rmSync(path.join(pickled, 'adapter_model.safetensors'));
  writeFileSync(path.join(pickled, 'adapter_model.bin'), 'x');
  expect((await inspect(pickled)).findings[0]).toMatchObject({
    code: 'pickle-refused',
    file: path.join(pickled, 'adapter_model.bin'),
  });

  const unknown = await inspect(edited('lora', (config) => Object.assign(config, { peft_type: 'LOHA' })));
  expect(unknown.method).toBeUndefined();
  expect(unknown.matrices).toHaveLength(4);
  expect(unknown.findings[0]).toMatchObject({ code: 'unsupported-adapter', field: 'peft_type' });
  for (const wrong of [
    { r: -1 },
    { r: 'x' },
    { target_modules: 7 },
    { rank_pattern: [1] },
    { base_model_name_or_path: 'a\0b' },
  ])
    expect(inspectionLines([await inspect(edited('lora', (config) => Object.assign(config, wrong)))])).not.toEqual([]);

  const torn = copyOf('lora');
  writeFileSync(path.join(torn, 'adapter_config.json'), '{"peft_type": "LO');
  await expect(inspect(torn)).rejects.toMatchObject({
    code: 'bad-adapter-config',
    file: path.join(torn, 'adapter_config.json'),
  });
  await expect(inspect(path.join(scratch, 'nowhere'))).rejects.toMatchObject({ code: 'adapter-not-found' });
});

test('two adapters: what differs, and how far their changes point the same way', async () => {
  const [first, second] = [await inspect(saved('lora')), await inspect(saved('rslora'))];
  const { fields, both, onlyFirst } = compareAdapters(first, second);
  expect(fields).toEqual([{ name: 'use_rslora', first: false, second: true }]);
  expect(onlyFirst).toEqual([]);
  expect(both).toHaveLength(4);
  for (const { cosine } of both) expect(cosine).toBeGreaterThan(0.99);

  const negated = await inspect(
    await rewritten('lora', (key, data) => void (key.includes('lora_B') && data.set(data.map((x) => -x)))),
  );
  for (const { cosine } of compareAdapters(first, negated).both) expect(cosine).toBeCloseTo(-1, 6);

  const dora = compareAdapters(first, await inspect(saved('dora')));
  expect(dora.fields).toContainEqual({ name: 'method', first: 'lora', second: 'dora' });
  expect(text(comparisonLines(first, second, { fields, both, onlyFirst, onlySecond: [] }))).toContain('norms: ‖ΔW‖');
  expect(text(comparisonLines(first, await inspect(saved('dora')), dora))).toContain('two kinds, which do not compare');
  expect(dora.both[0]).not.toHaveProperty('cosine');
  expect(text(comparisonLines(first, negated, compareAdapters(first, negated)))).toContain('-1.0000');
});
