import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../server/checkpoint/model-folder.ts';
import { openSafetensors } from '../../../server/checkpoint/safetensors/read.ts';
import { type TensorSource, writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { fixture, safetensorsBytes, temporaryFolder } from './safetensors/files.ts';

/** A folder with the config of a tiny model and its tensors, renamed or left out, over as many files as wanted. */
function folder(model: string, rename: (name: string) => string | undefined = (n) => n, shards = 1): string {
  const dir = temporaryFolder();
  cpSync(fixture(`tiny/${model}/config.json`), path.join(dir, 'config.json'));
  const source = openSafetensors(fixture(`tiny/${model}/model.safetensors`));
  const parts: TensorSource[][] = Array.from({ length: shards }, () => []);
  const weightMap: Record<string, string> = {};
  const fileName = (i: number) => (shards === 1 ? 'model.safetensors' : `model-${i}-of-${shards}.safetensors`);
  [...source.tensors].forEach(([name, { shape }], i) => {
    const stored = rename(name);
    if (stored === undefined) return;
    parts[i % shards]!.push({ name: stored, shape, data: () => source.read(name).data });
    weightMap[stored] = fileName(i % shards);
  });
  parts.forEach((part, i) => {
    writeSafetensors(path.join(dir, fileName(i)), part);
  });
  if (shards > 1) writeIndex(dir, weightMap);
  source.close();
  return dir;
}

const writeIndex = (dir: string, weight_map: unknown) =>
  writeFileSync(path.join(dir, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));

const reference = (model: string, name: string) => {
  const source = openSafetensors(fixture(`tiny/${model}/model.safetensors`));
  const tensor = source.read(name);
  source.close();
  return tensor;
};

const refusal = (code: string, message: RegExp = /./) =>
  expect.objectContaining({ name: 'RankwiseError', code, message: expect.stringMatching(message) });

it.each([1, 3])('reads every tensor, over %i files', async (shards) => {
  const checkpoint = await openCheckpoint(folder('llama', (n) => n, shards));
  expect(checkpoint.names).toHaveLength(21);
  for (const name of checkpoint.names) expect(checkpoint.read(name)).toEqual(reference('llama', name));
  checkpoint.close();
});

it.each<[string, string, (name: string) => string]>([
  ['bert', 'without the base prefix', (n) => n.replace(/^bert\./, '')],
  [
    'bert',
    'with TensorFlow names',
    (n) => n.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
  ],
  ['llama', 'without the base prefix', (n) => n.replace(/^model\./, '')],
])('%s %s', async (model, _, rename) => {
  const checkpoint = await openCheckpoint(folder(model, rename));
  const source = openSafetensors(fixture(`tiny/${model}/model.safetensors`));
  for (const name of source.tensors.keys()) {
    expect(checkpoint.info(name)?.storedName).toBe(rename(name));
    expect(checkpoint.read(name)).toEqual(source.read(name));
  }
  expect(checkpoint.has('model.none')).toBe(false);
  expect(() => checkpoint.read('model.none')).toThrow(refusal('tensor-missing'));
  source.close();
  checkpoint.close();
});

it('reads only model.safetensors or what the index names', async () => {
  const dir = folder('llama', (n) => n, 2);
  cpSync(fixture('tiny/llama/reference.safetensors'), path.join(dir, 'reference.safetensors'));
  const checkpoint = await openCheckpoint(dir);
  expect(checkpoint.names).toHaveLength(21);
  checkpoint.close();
});

it('reads through the links of a cache snapshot', async () => {
  const dir = temporaryFolder();
  for (const name of ['config.json', 'model.safetensors'])
    symlinkSync(fixture(`tiny/bert/${name}`), path.join(dir, name));
  const checkpoint = await openCheckpoint(dir);
  expect(checkpoint.has('classifier.weight')).toBe(true);
  checkpoint.close();
});

describe('refuses', () => {
  const withIndex = (weight_map: unknown) => {
    const dir = folder('llama', (n) => n, 2);
    writeIndex(dir, weight_map);
    return dir;
  };

  it.each<[string, () => string, ReturnType<typeof refusal>]>([
    ['a folder without config.json', temporaryFolder, refusal('config-missing')],
    [
      'an index that points outside',
      () => withIndex({ 'model.norm.weight': '../model.safetensors' }),
      refusal('bad-index', /"model.norm.weight" must name a file in the same folder/),
    ],
    [
      'an index to a pickle',
      () => withIndex({ w: 'pytorch_model.bin' }),
      refusal('bad-index', /not a .safetensors file/),
    ],
    ['an index without a map', () => withIndex([]), refusal('bad-index', /weight_map/)],
    [
      'missing shards',
      () => withIndex({ w: 'model-9-of-9.safetensors' }),
      refusal('shards-missing', /1 of 1 weight files are missing: model-9-of-9/),
    ],
    [
      'a tensor that its shard lacks',
      () => withIndex({ 'model.none': 'model-0-of-2.safetensors' }),
      refusal('bad-index', /lacks tensor model.none/),
    ],
    [
      'no weights',
      () => {
        const dir = folder('llama');
        rmSync(path.join(dir, 'model.safetensors'));
        writeFileSync(path.join(dir, 'training_args.bin'), '');
        return dir;
      },
      refusal('weights-missing'),
    ],
    [
      'pickled weights',
      () => {
        const dir = folder('llama');
        rmSync(path.join(dir, 'model.safetensors'));
        writeFileSync(path.join(dir, 'pytorch_model.bin'), '');
        return dir;
      },
      expect.objectContaining({ code: 'pickle-refused', hint: expect.stringMatching(/save_pretrained/) }),
    ],
  ])('%s', async (_, make, error) => {
    await expect(openCheckpoint(make())).rejects.toThrow(error);
  });

  it('config.json that is not an object', async () => {
    const dir = folder('llama');
    for (const text of ['', '[]', '{"a":', '\0', '['.repeat(1_000_000)]) {
      writeFileSync(path.join(dir, 'config.json'), text);
      await expect(openCheckpoint(dir)).rejects.toThrow(refusal('bad-config'));
    }
  });

  it('weights stored as integers, by name', async () => {
    const dir = folder('llama');
    const header = { 'model.norm.weight': { dtype: 'I8', shape: [1], data_offsets: [0, 1] } };
    writeFileSync(path.join(dir, 'model.safetensors'), safetensorsBytes(header, new Uint8Array(1)));
    const checkpoint = await openCheckpoint(dir);
    expect(() => checkpoint.read('model.norm.weight')).toThrow(
      refusal('unsupported-dtype', /model.norm.weight is stored as I8/),
    );
    checkpoint.close();
  });

  it('weights that are packed codes, whatever their names', async () => {
    const dir = folder('llama');
    const config = JSON.parse(readFileSync(path.join(dir, 'config.json'), 'utf8'));
    const packed = { ...config, quantization_config: { quant_method: 'awq' } };
    writeFileSync(path.join(dir, 'config.json'), JSON.stringify(packed));
    const checkpoint = await openCheckpoint(dir);
    expect(() => checkpoint.read('model.norm.weight')).toThrow(refusal('quantized-checkpoint', /AWQ/));
    checkpoint.close();
  });

  it('a folder in place of a weight file', async () => {
    const dir = folder('llama');
    rmSync(path.join(dir, 'model.safetensors'));
    mkdirSync(path.join(dir, 'model.safetensors'));
    await expect(openCheckpoint(dir)).rejects.toThrow(refusal('weights-missing'));
  });
});
