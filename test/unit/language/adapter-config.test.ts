/** adapter_config.json: its fields, its base, and its weights by their headers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Client, defineTest } from './harness.ts';

const config = {
  base_model_name_or_path: 'models/llama',
  peft_type: 'LORA',
  task_type: 'CAUSAL_LM',
  r: 4,
  lora_alpha: 8,
  target_modules: ['q_proj', 'v_proj'],
};
const modules = [0, 1].flatMap((i) =>
  [['q_proj', 64] as const, ['v_proj', 32] as const].map(
    ([name, m]) => [`base_model.model.model.layers.${i}.self_attn.${name}`, m] as const,
  ),
);
/** What LoRA of rank 4 has on the tiny model (64 inputs). */
const weights = Object.fromEntries(
  modules.flatMap(([name, m]) => [
    [`${name}.lora_A.weight`, [4, 64]],
    [`${name}.lora_B.weight`, [m, 4]],
  ]),
);

function safetensors(shapes: Record<string, number[]>): Uint8Array {
  let offset = 0;
  const header = Object.entries(shapes).map(([name, shape]) => {
    const size = 4 * shape.reduce((a, b) => a * b, 1);
    offset += size;
    return [name, { dtype: 'F32', shape, data_offsets: [offset - size, offset] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(offset)]);
}

/** `fields` of `undefined` are left out. */
async function judge(client: Client, fields: object, shapes: Record<string, number[]> = weights) {
  mkdirSync(client.path('adapter'), { recursive: true });
  writeFileSync(client.path('adapter/adapter_model.safetensors'), safetensors(shapes));
  await client.open('adapter/adapter_config.json', JSON.stringify({ ...config, ...fields }, null, 2));
  const found = await client.diagnostics();
  return found.map(({ code, severity, message, range }) => ({
    code,
    severity,
    message,
    at: client.textIn(range),
  }));
}

const files = { 'models/llama': { fixture: 'tiny/llama' } };
const test = (name: string, body: (client: Client) => Promise<void>, more: object = files) =>
  defineTest({ name, recipe: 'version: 1', files: more as typeof files, expect: body });

test('an adapter that fits its base and its weights has no findings', async (client) => {
  expect(await judge(client, {})).toEqual([]);
  expect(await client.links()).toEqual([]);
  expect(await client.symbols()).toEqual([]);
});

test('an unknown type, a type that cannot be used, and no type', async (client) => {
  expect(await judge(client, { peft_type: 'LORRA' })).toMatchObject([
    { code: 'unknown-peft-type', severity: 1, message: expect.stringContaining('Did you mean `LORA`'), at: '"LORRA"' },
  ]);
  expect(await judge(client, { peft_type: 'LOHA' })).toMatchObject([{ code: 'unsupported-adapter', severity: 3 }]);
  expect(await judge(client, { peft_type: undefined })).toMatchObject([{ code: 'unknown-peft-type', severity: 1 }]);
});

test('unknown fields are information, those that change the forward pass a warning', async (client) => {
  expect(await judge(client, { lora_alhpa: 3, use_qalora: true })).toMatchObject([
    {
      code: 'unknown-adapter-field',
      severity: 3,
      message: expect.stringContaining('`lora_alpha`'),
      at: '"lora_alhpa"',
    },
    { code: 'unsupported-adapter-field', severity: 2, at: 'true' },
  ]);
});

test('targets are judged on the base, the rank by the weights: a sum of adapters may have one above min(m, n)', async (client) => {
  expect((await judge(client, { r: 0 })).map(({ code, at }) => [code, at])).toEqual([['bad-adapter-config', '0']]);
  const found = await judge(client, { r: 65, target_modules: ['q_proj', 'w_proj'] });
  expect(found.map(({ code, at }) => [code, at])).toEqual(
    expect.arrayContaining([
      ['adapter-tensor-shape', '"r"'],
      ['target-matches-nothing', '"w_proj"'],
    ]),
  );
});

test('weights that are missing, too many, or of another size', async (client) => {
  const [first, second] = Object.keys(weights) as [string, string];
  const { [first]: _, ...rest } = weights;
  const found = await judge(
    client,
    {},
    { ...rest, [second]: [64, 5], 'base_model.model.lm_head.lora_A.weight': [4, 64] },
  );
  expect(found.map(({ code, at }) => [code, at])).toEqual([
    ['adapter-tensor-shape', '"r"'],
    ['adapter-tensor-missing', '"target_modules"'],
    ['adapter-tensor-extra', '"target_modules"'],
  ]);
  expect(found[0]!.message).toContain(`${second} is [64,5], not [64,4]`);
  expect(found[1]!.message).toContain(first);
});

test('a base that is not here is information; a file that is no safetensors an error', async (client) => {
  expect(await judge(client, { base_model_name_or_path: 'org/none' })).toMatchObject([
    { code: 'base-not-known', severity: 3, at: '"org/none"' },
  ]);
  await judge(client, {});
  writeFileSync(client.path('adapter/adapter_model.safetensors'), 'nonsense');
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
  await expect.poll(async () => (await client.diagnostics()).map(({ code }) => code)).toEqual(['bad-safetensors']);
});

test('hover tells what a field comes to', async (client) => {
  await judge(client, {});
  expect(await client.hover('"r"')).toContain('r·(m + n), **1,792** in all, 1.68% of 107k');
  expect(await client.hover('models/llama')).toContain('106,816 parameters');
  expect(await client.hover('v_proj')).toContain('matches 2 modules in 2 of 2 layers');
  expect(await client.hover('CAUSAL')).toBe('');
});

test('half-typed, empty and odd texts are answered', async (client) => {
  await judge(client, {});
  for (const text of [
    '{"peft_type": "LO',
    '',
    '[]',
    '{"peft_type": {"a": [1]}, "r": "x"}',
    '{"base_model_name_or_path": 3, "peft_type": "LORA"}',
  ]) {
    await client.open('adapter/adapter_config.json', text);
    expect(Array.isArray(await client.diagnostics())).toBe(true);
    await client.request('textDocument/hover', { position: { line: 0, character: 3 } });
  }
  expect(client.logged).toEqual([]);
});
