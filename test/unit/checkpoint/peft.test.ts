import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listAdapters, readAdapter, writeAdapter } from '../../../server/checkpoint/peft.ts';
import { openSafetensors } from '../../../server/checkpoint/safetensors/read.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { fixture, temporaryFolder } from './safetensors/files.ts';

const traces = ['traces/llama/lora/adapter_before', 'traces/roberta/lora_head/adapter_after'];

describe.each(traces)('%s', (trace) => {
  it('is read with the keys that PEFT wrote, and written back byte for byte', async () => {
    const adapter = await readAdapter(fixture(trace));
    expect(adapter.problems).toEqual([]);
    const to = path.join(temporaryFolder(), 'runs', 'adapter');
    await writeAdapter(to, adapter);
    const file = (dir: string) => readFileSync(path.join(dir, 'adapter_model.safetensors'));
    expect(file(to).equals(file(fixture(trace)))).toBe(true);
    const config = JSON.parse(readFileSync(path.join(to, 'adapter_config.json'), 'utf8'));
    expect(config).toEqual(JSON.parse(readFileSync(path.join(fixture(trace), 'adapter_config.json'), 'utf8')));
    expect(Object.keys(config)).toEqual(Object.keys(config).sort());
  });
});

it('holds the parameters of modules_to_save under their own names', async () => {
  const { tensors } = await readAdapter(fixture('traces/roberta/lora_head/adapter_before'));
  expect([...tensors.keys()].filter((k) => k.includes('classifier'))).toEqual([
    'base_model.model.classifier.dense.bias',
    'base_model.model.classifier.dense.weight',
    'base_model.model.classifier.out_proj.bias',
    'base_model.model.classifier.out_proj.weight',
  ]);
});

function copyOf(trace: string, config: Record<string, unknown> = {}) {
  const dir = path.join(temporaryFolder(), 'adapter');
  cpSync(fixture(trace), dir, { recursive: true });
  const file = path.join(dir, 'adapter_config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...config }));
  return dir;
}

it('tolerates keys with the adapter name in them', async () => {
  const dir = copyOf('traces/roberta/lora_head/adapter_before');
  const file = path.join(dir, 'adapter_model.safetensors');
  const source = openSafetensors(file);
  const named = (key: string) =>
    key
      .replace(/(lora_[AB])\.weight/, '$1.default.weight')
      .replace('.classifier.', '.classifier.modules_to_save.default.');
  const tensors = [...source.tensors].map(([key, { shape }]) => ({
    name: named(key),
    shape,
    data: () => source.read(key).data,
  }));
  writeSafetensors(`${file}.new`, tensors);
  source.close();
  cpSync(`${file}.new`, file);
  const plain = await readAdapter(fixture('traces/roberta/lora_head/adapter_before'));
  expect(new Map([...(await readAdapter(dir)).tensors].sort())).toEqual(new Map([...plain.tensors].sort()));
});

it('keeps unknown fields and reports them; a field that changes the result is an error', async () => {
  const dir = copyOf(traces[0]!, { lora_extra: { a: 1 }, use_qalora: true });
  const { config, problems } = await readAdapter(dir);
  expect(config.lora_extra).toEqual({ a: 1 });
  expect(
    problems.map(({ code, severity, message }) => [code, severity, /lora_extra|use_qalora/.exec(message)?.[0]]),
  ).toEqual([
    ['unsupported-adapter-field', 'error', 'use_qalora'],
    ['unknown-adapter-field', 'information', 'lora_extra'],
  ]);
});

it('lists one adapter, or those of a run with several', async () => {
  const dir = temporaryFolder();
  for (const name of ['b', 'a']) cpSync(fixture(traces[0]!), path.join(dir, name), { recursive: true });
  expect(listAdapters(dir).map((a) => a.name)).toEqual(['a', 'b']);
  expect(listAdapters(path.join(dir, 'a'))).toEqual([{ name: 'a', dir: path.join(dir, 'a') }]);
  expect(() => listAdapters(path.join(dir, 'none'))).toThrow(expect.objectContaining({ code: 'adapter-not-found' }));
});

describe('refuses', () => {
  const code = (code: string) => expect.objectContaining({ name: 'RankwiseError', code });

  it('missing and pickled weights, and configs without a type', async () => {
    const dir = copyOf(traces[0]!, { peft_type: null });
    await expect(readAdapter(dir)).rejects.toThrow(code('bad-adapter-config'));
    const empty = copyOf(traces[0]!);
    rmSync(path.join(empty, 'adapter_model.safetensors'));
    await expect(readAdapter(empty)).rejects.toThrow(code('adapter-not-found'));
    writeFileSync(path.join(empty, 'adapter_model.bin'), '');
    await expect(readAdapter(empty)).rejects.toThrow(code('pickle-refused'));
    await expect(readAdapter(temporaryFolder())).rejects.toThrow(code('adapter-not-found'));
  });

  it('to overwrite, and leaves nothing after a failure', async () => {
    const dir = copyOf(traces[0]!);
    const adapter = await readAdapter(dir);
    await expect(writeAdapter(dir, adapter)).rejects.toThrow(code('output-exists'));
    const folder = temporaryFolder();
    const broken = new Map([['base_model.model.x.lora_A.weight', { shape: [3], data: new Float32Array(2) }]]);
    await expect(writeAdapter(path.join(folder, 'new'), { config: {}, tensors: broken })).rejects.toThrow(RangeError);
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});
